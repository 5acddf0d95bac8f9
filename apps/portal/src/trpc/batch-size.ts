/**
 * How many questions one request may carry. A page asks a handful at once; whoever asks for thousands in one request
 * would have the database work for one of his rights as for a thousand people's.
 */
export const BATCH_SIZE_MAX = 25
