/** What differs between two settings, by the keys of a stack file. */
import type { Setting } from "../plant/setting";

/** Below web.autoscaling. */
export type TunedKey =
    | "minReplicas"
    | "maxReplicas"
    | "targetCPUUtilizationPercentage"
    | "busyWorkersTargetPercent"
    | "scaleDown.stabilizationWindowSeconds";

export interface Change {
    readonly key: TunedKey;
    /** Undefined: the stack file has none. */
    readonly from: number | undefined;
    readonly to: number;
}

const tunedKeys: readonly TunedKey[] = [
    "minReplicas",
    "maxReplicas",
    "targetCPUUtilizationPercentage",
    "busyWorkersTargetPercent",
    "scaleDown.stabilizationWindowSeconds",
];

function valueOf(setting: Setting, key: TunedKey): number | undefined {
    return key === "scaleDown.stabilizationWindowSeconds" ? setting.scaleDown.stabilizationWindowSeconds : setting[key];
}

/** @param value undefined for busyWorkersTargetPercent only: without one */
export function withValue(setting: Setting, key: TunedKey, value: number | undefined): Setting {
    return key === "scaleDown.stabilizationWindowSeconds"
        ? { ...setting, scaleDown: { ...setting.scaleDown, stabilizationWindowSeconds: value ?? 0 } }
        : { ...setting, [key]: value };
}

export const differingKeys = (from: Setting, to: Setting): readonly TunedKey[] =>
    tunedKeys.filter((key) => valueOf(from, key) !== valueOf(to, key));

/** What a stack file has is never taken away. */
export function changesOf(from: Setting, to: Setting): readonly Change[] {
    return differingKeys(from, to).flatMap((key) => {
        const value = valueOf(to, key);
        return value === undefined ? [] : [{ key, from: valueOf(from, key), to: value }];
    });
}
