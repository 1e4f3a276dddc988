/** Starts the pod of an act, on configuration as a stack renders it, and plays the act there. */
import { join } from "node:path";

import { nginxConf } from "../../../components/specs/nginxConf";
import { phpFpmConf, phpIni } from "../../../components/specs/phpFpmConf";
import { baseNginx, basePhpFpm, basePhpIni, forThisMachine, play } from "../playPod";
import { withFolder, writeFiles } from "../run";
import { type Act, type ActName, acts } from "./acts";
import type { Played } from "./playAct";
import { pages } from "./requests";

/** Plays every way of an act against a pod of its own. */
export async function playClients(name: ActName): Promise<Played> {
    const {
        requestsAtOnce,
        keepaliveSeconds = 75,
        workerProcesses = 2,
        maxChildren,
        workerConnections,
    }: Act = acts[name];
    return await withFolder(async (folder) => {
        const documentRoot = join(folder, "html");
        const rendered = nginxConf({
            ...{ ...baseNginx(), clientMaxBodySize: "1m", documentRoot },
            ...{ requestsAtOnce, keepaliveSeconds, workerProcesses },
        });
        const text =
            workerConnections === undefined
                ? rendered
                : rendered.replace(/worker_connections \d+/, `worker_connections ${workerConnections}`);
        writeFiles(documentRoot, pages);
        writeFiles(folder, {
            "nginx.conf": forThisMachine(text, folder),
            "php-fpm.conf": phpFpmConf({ ...basePhpFpm(), maxChildren, requestsAtOnce }),
            "php.ini": phpIni({ ...basePhpIni, clientMaxBodySize: "1m" }),
        });
        return (await play(folder, "clients", name)) as Played;
    });
}
