import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One resource as CloudFormation reads it. Properties still hold their intrinsics. */
export type Resource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
};

export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
};

/** A synthesized stack: what `cdk deploy` would send, and the bundles beside it. */
export type Assembly = {
  readonly stackName: string;
  readonly template: Template;
  /** The directory of a file asset, by the hash in its S3 key. */
  assetDirectory(hash: string): string;
};

type Manifest = {
  artifacts: Record<
    string,
    { type: string; properties?: { templateFile?: string; stackName?: string; file?: string } }
  >;
};
type AssetManifest = { files?: Record<string, { source: { path?: string } }> };

/**
 * Reads a cloud assembly (`cdk.out`) from disk.
 * @param stackName needed only when the assembly holds several stacks
 * @see https://github.com/aws/aws-cdk/tree/main/packages/aws-cdk-lib/cloud-assembly-schema
 */
export function readAssembly(directory: string, stackName?: string): Assembly {
  const artifacts = readJson<Manifest>(join(directory, 'manifest.json')).artifacts;

  const stacks = Object.entries(artifacts)
    .filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
    .map(([id, artifact]) => ({
      name: artifact.properties?.stackName ?? id,
      file: artifact.properties?.templateFile ?? `${id}.template.json`,
    }));
  const wanted = stackName === undefined ? stacks : stacks.filter((stack) => stack.name === stackName);
  const [stack, ...others] = wanted;
  if (stack === undefined || others.length > 0) {
    const names = stacks.map((each) => each.name).join(', ') || 'none';
    throw new Error(`Expected one stack ${stackName ?? ''} in ${directory}; it holds: ${names}.`);
  }

  const directories = new Map<string, string>();
  for (const artifact of Object.values(artifacts)) {
    const file = artifact.type === 'cdk:asset-manifest' ? artifact.properties?.file : undefined;
    if (file === undefined) continue;
    for (const [hash, asset] of Object.entries(readJson<AssetManifest>(join(directory, file)).files ?? {})) {
      if (asset.source.path !== undefined) directories.set(hash, join(directory, asset.source.path));
    }
  }

  return {
    stackName: stack.name,
    template: readJson<Template>(join(directory, stack.file)),
    assetDirectory(hash) {
      const found = directories.get(hash);
      if (found === undefined) throw new Error(`The assembly in ${directory} has no asset ${hash}.`);
      return found;
    },
  };
}

// The CDK wrote these files a moment ago, in the version that package.json pins: what they hold is what it declares.
function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
