/** Events that bring a new version. */
import { eachVariant, nothing, unlessAllReplaced, type Change, type DrillEvent, type Scene } from "./event";

/** As long as it takes to replace all pods, one after the other. */
const rolloutSeconds = 300;

/** Returns when all pods that there were are on their way out and new ones are ready. */
function untilReplaced(scene: Scene, before: ReadonlyMap<string, readonly string[]>): Promise<void> {
    return scene.until(rolloutSeconds, "the rollouts", () =>
        scene.variants.every((variant) => {
            const { pods, ready, desired } = scene.observer.of(variant).state;
            return ready >= desired && !(before.get(variant.name) ?? []).some((name) => pods.includes(name));
        }),
    );
}

function podsNow({ variants, observer }: Scene): ReadonlyMap<string, readonly string[]> {
    return new Map(variants.map((variant) => [variant.name, observer.of(variant).state.pods]));
}

export const configurationRollout: DrillEvent = {
    name: "configuration-rollout",
    title: "A changed configuration is rolled out",
    mayLose: nothing,
    run: async (scene) => {
        const before = podsNow(scene);
        await eachVariant(scene, (variant) => variant.rollConfiguration());
        await untilReplaced(scene, before);
    },
    doubt: unlessAllReplaced,
};

export const imageRollout: DrillEvent = {
    name: "image-rollout",
    title: "Another version of nginx is rolled out, and taken back",
    mayLose: nothing,
    whyNot: ({ images }) =>
        images.length < 2 ? "there is no other image for nginx; name one with --next-image" : undefined,
    run: async (scene) => {
        const [image, other] = scene.images;
        for (const next of [other, image]) {
            const before = podsNow(scene);
            await eachVariant(scene, (variant) => variant.rollNginxImage(next ?? ""));
            await untilReplaced(scene, before);
        }
    },
    doubt: unlessAllReplaced,
};

/** Of no registry, by its top-level domain (RFC 2606). */
const brokenImage = "images.invalid/php-fpm:8.4.0";

export const brokenImageRollout: DrillEvent = {
    name: "broken-image",
    title: "An image that does not exist is rolled out, and taken back",
    mayLose: nothing,
    run: (scene) => eachVariant(scene, (variant) => variant.rollBrokenImage(brokenImage)).then(() => undefined),
    doubt: ({ startedPods, after, before }: Change) => {
        if (startedPods === 0) return "no pod of the broken revision was made";
        return before.pods.some((name) => after.pods.includes(name)) ? undefined : "all old pods were replaced";
    },
};

export const interruptedUpdate: DrillEvent = {
    name: "interrupted-update",
    title: "pulumi up is killed half-way, and done again",
    mayLose: nothing,
    run: async (scene) => {
        const before = podsNow(scene);
        await eachVariant(scene, (variant) => variant.rollConfigurationInterrupted());
        await untilReplaced(scene, before);
    },
    doubt: unlessAllReplaced,
};
