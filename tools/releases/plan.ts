/** What is done to each release. Pure. */
import type { Trouble } from "./history";

/** The first three are a short run. Never two failures one after the other: what comes next is the contract of code that is long gone. */
const turns: readonly Trouble[] = ["killed", "migration-fails", "node-drained", "none", "none", "none"];

/** Of so many releases, after the one that is there first. */
export function planOf(releases: number): readonly Trouble[] {
    return Array.from({ length: releases }, (_, i) => turns[i % turns.length] ?? "none");
}
