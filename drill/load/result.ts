/** What became of one request. */
export interface RequestResult {
    /** `<stream>-<number>`, unique within a load. */
    readonly id: string;
    /** Name of its stream. */
    readonly stream: string;
    /** Its stream waits in the service. */
    readonly isLong: boolean;
    /** Epoch milliseconds, by the constant rate. */
    readonly shouldHaveBeenSentAtMilliseconds: number;
    /** Epoch milliseconds. Later than it should have been where the machine that makes the load is too busy. */
    readonly sentAtMilliseconds: number;
    /** Until the whole answer or its loss, from when it should have been sent: slow answers hide no others. */
    readonly tookMilliseconds: number;
    /** Epoch milliseconds, when this process was told. Later than it was over where this process is too busy. */
    readonly heardAtMilliseconds: number;
    /** HTTP status; undefined where there was no whole answer. */
    readonly status: number | undefined;
    /** Anything but the right and whole answer within the deadline. */
    readonly isLost: boolean;
    /** Why it is lost, in a few words: "502", "connection reset"; undefined where it is not. */
    readonly error: string | undefined;
    /** That answered, by its own account; undefined where it is lost. */
    readonly pod: string | undefined;
}
