export interface SpecProblem {
    /** As the API server names it: "spec.metrics[0].resource.target.averageUtilization". */
    readonly field: string;
    readonly message: string;
}

/** The API server would refuse this spec. */
export class InvalidSpecError extends Error {
    /** All that is wrong. */
    readonly problems: readonly SpecProblem[];

    constructor(problems: readonly SpecProblem[]) {
        super(problems.map(({ field, message }) => `${field} ${message}`).join("; "));
        this.name = "InvalidSpecError";
        this.problems = problems;
    }
}
