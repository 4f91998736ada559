import type { DeployOptions } from '../commands/deploy.ts';
import type { Environment } from '../environment.ts';
import { mustName, placeOf, type StageOptions } from '../options.ts';
import { NotFoundProblem, OpsProblem } from '../problem.ts';
import { asJson, asText, createReport, EXIT, exitCodeOf, type Report } from '../report.ts';

/** Resolves to the exit code. What was found and done before a failure is told too. */
export const carryOut = async (
  name: string,
  options: StageOptions,
  run: (environment: Environment, report: Report) => Promise<void>,
  /** What can be said without asking anybody; false: that was all. */
  first: (report: Report) => boolean = () => true,
): Promise<number> => {
  const report = createReport();
  let code: number;
  let environment: Environment | undefined;
  try {
    mustName(options);
    if (first(report)) {
      const { openEnvironment } = await import('../environment.ts');
      environment = await openEnvironment(placeOf(options));
      await run(environment, report);
    }
    code = exitCodeOf(report);
  } catch (error) {
    code = await addFailure(error, report, environment);
  }
  console.log(options.json === true ? asJson(name, options.stage ?? null, report) : asText(report));
  return code;
};

/** Of a command that needs no stage. */
export const carryOutHere = async (
  name: string,
  { json = false }: StageOptions,
  run: (report: Report) => Promise<void>,
): Promise<number> => {
  const report = createReport();
  let code: number;
  try {
    await run(report);
    code = exitCodeOf(report);
  } catch (error) {
    code = await addFailure(error, report);
  }
  console.log(json ? asJson(name, null, report) : asText(report));
  return code;
};

/** Says itself what it does, and hands the terminal to `cdk`. */
export const carryOutDeploy = async (options: DeployOptions): Promise<number> => {
  try {
    mustName(options);
    const { deploy } = await import('../commands/deploy.ts');
    return await deploy(options);
  } catch (error) {
    const report = createReport();
    const code = await addFailure(error, report);
    console.log(asText(report));
    return code;
  }
};

const addFailure = async (error: unknown, report: Report, environment?: Environment): Promise<number> => {
  const problem = await problemOf(error, environment);
  report.missing(problem.message, problem.fix);
  return EXIT[problem.outcome];
};

const problemOf = async (error: unknown, environment: Environment | undefined): Promise<OpsProblem> => {
  if (error instanceof NotFoundProblem && environment !== undefined) {
    return (await import('../nearest.ts')).withNearest(error, environment);
  }
  return error instanceof OpsProblem ? error : (await import('../as-problem.ts')).asProblem(error);
};
