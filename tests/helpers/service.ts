/** The service of a stack, as the component makes it of its settings. */
import { resolveService, type Service } from "../../components/service";
import { parseSettings } from "../../settings/parse";
import type { Settings } from "../../settings/types";

export function serviceOf({ web, ingressController }: Settings): Service {
    return resolveService("web", { ...web, ingressController });
}

/** Of a stack file's values. Throws where they are refused. */
export function serviceOfValues(values: Readonly<Record<string, unknown>>): Service {
    const result = parseSettings({ values });
    if (!result.ok) throw new Error(result.problems[0]?.message);
    return serviceOf(result.settings);
}
