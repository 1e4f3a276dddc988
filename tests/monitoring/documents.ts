/** The rules and the dashboard that docs/monitoring has. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { repositoryRoot } from "../../tools/common/paths";

export interface Rule {
    readonly alert?: string;
    readonly record?: string;
    readonly expr: string;
}

export interface Groups {
    readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

interface Panel {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
}

const folder = join(repositoryRoot, "docs/monitoring");
export const rulePath = join(folder, "prometheus-rule.yaml");

export const readme = readFileSync(join(folder, "README.md"), "utf8");

export const ruleObject = parse(readFileSync(rulePath, "utf8")) as { readonly kind: string; readonly spec: Groups };

const dashboard = JSON.parse(readFileSync(join(folder, "dashboard.json"), "utf8")) as {
    readonly panels: readonly Panel[];
};

export const panelIds = dashboard.panels.map(({ id }) => id);

/** As Grafana would ask for namespace `web`. */
export const dashboardQueries = dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
        panel: title,
        expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$namespace", "web"),
    })),
);
