/** What is wrong with one argument of a component. */
export interface ArgumentProblem {
    /** As whoever has set it writes it: "redirectedHosts[0]" in a program, "web.redirectedHosts[0]" in a stack file. */
    readonly path: string;
    /** What was found, what is allowed, and why. */
    readonly message: string;
}

export const problem = (path: string, message: string): readonly ArgumentProblem[] => [{ path, message }];
export const none: readonly ArgumentProblem[] = [];
