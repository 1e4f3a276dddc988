/**
 * A live stack moves from a fixed number of pods to the autoscaler and back. What the program registers is real; the
 * engine, the provider and the API server are modelled by the rules that decide over one field, `spec.replicas`:
 * - engine: with ignoreChanges on the field, the new input is the old input;
 * - provider (4.x, server-side apply): an ignored field that only another manager owns is left out of the patch, and one
 *   that is ours is sent with its live value;
 * - API server: a field that we owned and no longer send falls to its default, 1, unless another manager owns it too; a
 *   value that differs from another manager's is a conflict unless forced.
 * tests/cluster/ walks the same path on a real cluster.
 */
import { expect } from "chai";

import type { Recording } from "../../render/record";
import { recordingOfText } from "../helpers/stacks";
import { webObjects } from "../helpers/webObjects";

type Manager = "pulumi" | "kube-controller-manager";

/** What decides over the field in one `pulumi up`. */
interface Update {
    readonly replicas: number | undefined;
    readonly ignoresReplicas: boolean;
    readonly isForced: boolean;
}

class LiveDeployment {
    /** Every number of wanted pods that the cluster went through. */
    readonly history: number[] = [];
    private live = 0;
    private owners = new Set<Manager>();
    private oldInput: number | undefined;

    up(update: Update): void {
        const input = update.ignoresReplicas ? this.oldInput : update.replicas;
        this.oldInput = input;
        const isOurs = this.owners.has("pulumi");
        const isForeign = this.owners.has("kube-controller-manager");
        const sent = !update.ignoresReplicas ? input : input === undefined ? undefined : isOurs ? this.live : undefined;

        if (sent !== undefined) {
            if (isForeign && sent !== this.live) {
                if (!update.isForced) throw new Error("conflict with kube-controller-manager: .spec.replicas");
                this.owners.delete("kube-controller-manager");
            }
            this.owners.add("pulumi");
            this.set(sent);
        } else if (isOurs) {
            this.owners.delete("pulumi");
            this.set(isForeign ? this.live : 1);
        } else {
            this.set(this.live === 0 ? 1 : this.live);
        }
    }

    /** The HPA's controller sets a number through the scale subresource, and owns the field from then on. */
    autoscale(replicas: number): void {
        if (replicas === this.live) return;
        this.owners = new Set(["kube-controller-manager"]);
        this.set(replicas);
    }

    private set(replicas: number): void {
        this.live = replicas;
        this.history.push(replicas);
    }
}

function updateOf(recording: Recording): Update {
    const { deployment, deploymentResource } = webObjects(recording);
    const { annotations } = deploymentResource.inputs["metadata"] as { annotations?: Record<string, string> };
    return {
        replicas: (deployment as { replicas?: number }).replicas,
        ignoresReplicas: deploymentResource.options.ignoreChanges?.includes("spec.replicas") ?? false,
        isForced: annotations?.["pulumi.com/patchForce"] === "true",
    };
}

describe("moving a live stack between a fixed number of pods and the autoscaler", () => {
    let fixed: Update;
    let autoscaled: Update;

    before(async () => {
        fixed = updateOf(await recordingOfText("config:\n  php-web-service:web: { replicas: 4 }"));
        autoscaled = updateOf(
            await recordingOfText(
                "config:\n  php-web-service:web: { autoscaling: { minReplicas: 3, maxReplicas: 24 } }",
            ),
        );
    });

    it("never passes through fewer pods than its minimum, there and back, with changes under way", () => {
        const cluster = new LiveDeployment();
        cluster.up(fixed);
        cluster.up(autoscaled); // the move, before the HPA has done anything
        cluster.up(autoscaled); // a change of something else meanwhile
        cluster.autoscale(10);
        cluster.up(autoscaled); // a change of something else while the HPA owns the field
        cluster.autoscale(7);
        cluster.up(fixed); // back
        cluster.up(fixed);
        cluster.up(autoscaled); // and there again
        cluster.autoscale(12);
        cluster.up(autoscaled);
        expect(cluster.history).to.deep.equal([4, 4, 4, 10, 10, 7, 4, 4, 4, 12, 12]);
    });

    it("keeps what the HPA has scaled, also where the stack began with the HPA", () => {
        const cluster = new LiveDeployment();
        cluster.up(autoscaled); // a new Deployment begins with Kubernetes' default of one, until the HPA's first sync
        cluster.autoscale(3);
        cluster.autoscale(9);
        cluster.up(autoscaled);
        cluster.up(fixed);
        expect(cluster.history).to.deep.equal([1, 3, 9, 9, 4]);
    });

    it("would fall to one pod without ignoreChanges", () => {
        const cluster = new LiveDeployment();
        cluster.up(fixed);
        cluster.up({ ...autoscaled, ignoresReplicas: false });
        expect(cluster.history).to.deep.equal([4, 1]);
    });

    it("would end in a conflict on the way back without force", () => {
        const cluster = new LiveDeployment();
        cluster.up(autoscaled);
        cluster.autoscale(9);
        expect(() => {
            cluster.up({ ...fixed, isForced: false });
        }).to.throw("conflict with kube-controller-manager");
    });

    it("forces nothing while the autoscaler is at work", () => {
        expect(autoscaled.isForced).to.equal(false);
        expect(autoscaled.replicas).to.equal(undefined);
    });
});
