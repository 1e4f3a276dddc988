import { parseImageReference, whyNotPinned } from "../../components/units/imageReference";
import { isWorkload, podSpecOf, runsToCompletion } from "../cluster";
import { knownFirst } from "../known";
import { describeContainer } from "../pod";
import type { Rule } from "../rule";

export const imagesPinned: Rule = {
    name: "images-pinned",
    description: "Every image is pinned, so that a new pod of an old release runs what the others run.",
    enforcementLevel: "mandatory",
    scope: "object",
    // What ends by itself has no second pod that could differ from the first.
    appliesTo: (object) => isWorkload(object) && !runsToCompletion(object),
    *problems(workload) {
        const podSpec = podSpecOf(workload);
        const containers = knownFirst(["containers", "initContainers"], (list) => podSpec.at(list).items);
        yield* knownFirst(containers, function* (container) {
            const image = container.at("image").text;
            const hasDigest = parseImageReference(image ?? "")?.digest !== undefined;
            const reason = image === undefined || hasDigest ? undefined : whyNotPinned(image);
            if (image === undefined || reason === undefined) return;
            yield (
                `The image of ${describeContainer(container)}, ${image}, ${reason}. Name a version, as ` +
                `repository:1.2.3, or a digest.`
            );
        });
    },
};
