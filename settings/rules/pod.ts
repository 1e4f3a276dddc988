/** What a stack adds to its pods. */
import { dottedPath, quoted } from "../schemaTree";
import { none, problem, type Rule } from "./rule";

/** By which the stack's own objects select their pods, and a Deployment its ReplicaSets. */
const ownedLabels = ["app.kubernetes.io/name", "app.kubernetes.io/component", "pod-template-hash"];

export const podRules: readonly Rule[] = [
    {
        name: "pods-own-labels-stay",
        reads: ["web.pod"],
        check: ({ settings: { web } }) => [
            ...Object.keys(web.pod.labels)
                .filter((name) => ownedLabels.includes(name))
                .flatMap((name) =>
                    problem(
                        dottedPath(["web", "pod", "labels", name]),
                        "is set by the stack, whose objects select pods by it. Use another label.",
                    ),
                ),
            ...Object.keys(web.pod.annotations)
                .filter((name) => name.startsWith("php-web-service/"))
                .flatMap((name) =>
                    problem(
                        dottedPath(["web", "pod", "annotations", name]),
                        "is set by the stack from web.longestRequestSeconds and web.drain. Set those.",
                    ),
                ),
        ],
    },
    {
        name: "tolerations-are-kubernetes-own",
        reads: ["web.pod"],
        check: ({ settings: { web } }) =>
            web.pod.tolerations.flatMap(({ key, operator, value }, i) => {
                const at = `web.pod.tolerations[${i}]`;
                if (key === undefined && operator !== "Exists")
                    return problem(at, "has no key. Name one, or set operator to Exists for every taint.");
                return operator === "Exists" && value !== undefined
                    ? problem(
                          `${at}.value`,
                          `found ${quoted(value)}, which operator Exists does not look at. Remove it.`,
                      )
                    : none;
            }),
    },
];
