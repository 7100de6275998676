/** Ids that are this long stand for nothing else, in whatever field they are. */
const DISTINCTIVE_LENGTH = 8;

/** Whether the id cannot be mistaken for another word, so that it is looked for, and taken out, everywhere. */
export const isDistinctive = (profileId: string): boolean => profileId.length >= DISTINCTIVE_LENGTH;
