/** From a long scenario that differs to a short one. */
import { type Scenario, scenarioSchema } from "../../../../tools/tuner/scenarios/schema";
import { type Difference, differences } from "./comparison";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Every value with one part of it left out, large parts first. */
function* smaller(value: Json): Iterable<Json> {
    if (typeof value === "number" && value > 1) yield 1;
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
        const list: readonly Json[] = value;
        for (let i = list.length - 1; i >= 0; i--) yield list.toSpliced(i, 1);
        for (const [i, element] of list.entries()) {
            for (const less of smaller(element)) yield list.with(i, less);
        }
        return;
    }
    const entries = Object.entries(value as Readonly<Record<string, Json>>);
    for (const [key] of entries) yield Object.fromEntries(entries.filter(([other]) => other !== key));
    for (const [key, element] of entries) {
        for (const less of smaller(element)) yield { ...(value as object), [key]: less };
    }
}

/** The smallest scenario that still differs, as far as leaving out one part at a time leads. */
export async function shrink(path: string, difference: Difference): Promise<Difference> {
    let smallest = difference;
    for (;;) {
        const candidates: Scenario[] = [];
        for (const candidate of smaller(smallest.scenario as unknown as Json)) {
            const { success, data } = scenarioSchema.safeParse(candidate);
            if (success) candidates.push({ ...data, name: `candidate ${candidates.length}` });
        }
        const [next] = await differences(path, candidates);
        if (next === undefined) return smallest;
        smallest = next;
    }
}
