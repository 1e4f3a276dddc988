/** `Tolerances` in pkg/controller/podautoscaler/replica_calculator.go: how far usage may be from the target, as ratios. */
export interface Tolerances {
    readonly scaleUp: number;
    readonly scaleDown: number;
}

/** `isWithin`: both bounds included. */
export function isWithin(tolerances: Tolerances, usageRatio: number): boolean {
    return 1 - tolerances.scaleDown <= usageRatio && usageRatio <= 1 + tolerances.scaleUp;
}
