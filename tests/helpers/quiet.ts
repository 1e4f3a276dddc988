import type { Progress } from "../../tools/lab/progress";

/** Tells nobody of anything: what tests build and start is no matter of their output. */
export const quiet: Progress = {
    step: () => ({ done: () => undefined, fail: () => undefined }),
    note: () => undefined,
};
