/** Processes of Helm at once, on both sides. */
export const atOnce = 4
