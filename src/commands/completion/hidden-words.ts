/** The hidden commands behind every shell's completion: see complete.ts. */
export const completeWord = '__complete';
export const answerWord = '__answer';
