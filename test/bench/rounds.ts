/** The middle one; of an even number, the mean of the two in the middle. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return (low + high) / 2;
};

/**
 * Measures each of several things once a round, one after the other, so that whatever else the machine does in the
 * meantime meets all of them alike. Every other round runs backwards. The first round warms up and is not counted.
 * @returns the median of each, in the sequence given
 */
export const alternating = async (
  rounds: number,
  measures: readonly (() => number | Promise<number>)[],
): Promise<number[]> => {
  const samples = measures.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    const sequence = [...measures.entries()];
    for (const [index, measure] of round % 2 === 0 ? sequence : sequence.reverse()) {
      const value = await measure();
      if (round > 0) samples[index]?.push(value);
    }
  }
  return samples.map(median);
};

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));
