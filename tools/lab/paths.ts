/** Where the lab keeps what it makes. Nothing of it is in the repository. */
import { join } from "node:path";

export { cacheFolder, repositoryRoot } from "../common/paths";

/**
 * What belongs to the running lab: certificates and keys, daemons' data, logs and pid files, Pulumi's state and its
 * passphrase. Mode 700; `make down` removes it. One place for the whole machine, since there is one lab per machine.
 */
export const stateFolder = "/var/lib/php-web-service-lab";

export const statePaths = {
    controlPlane: join(stateFolder, "control-plane"),
    /** Of the cluster's administrator. */
    kubeconfig: join(stateFolder, "control-plane/kubeconfig"),
    nodes: join(stateFolder, "nodes"),
    /** Network namespaces, as mounts. */
    network: join(stateFolder, "network"),
    frontDoor: join(stateFolder, "front-door"),
    /** PULUMI_HOME, state backend, passphrase. */
    pulumi: join(stateFolder, "pulumi"),
    /** Pid files and logs of the nodes and the front door; the control plane has its own. */
    daemons: join(stateFolder, "daemons"),
    /** Minor version of its Kubernetes. */
    kubernetes: join(stateFolder, "kubernetes"),
    /** What it has beside the service, by name. */
    addOns: join(stateFolder, "add-ons"),
    /** Certificates of KEDA. */
    monitoring: join(stateFolder, "monitoring"),
    /** Controllers of control groups that the machine handed down before the lab. */
    cgroupControllers: join(stateFolder, "cgroup-controllers.json"),
    lock: join(stateFolder, "lock"),
} as const;
