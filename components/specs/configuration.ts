/** The files of the pod's two ConfigMaps, field by field from a service. */
import { servedHosts } from "../hosts";
import type { Service } from "../service";
import { writtenFolders } from "../writtenFolders";
import { keptFilesFolder } from "./keptAssets";
import { nginxConf } from "./nginxConf";
import { phpFpmConf, phpIni } from "./phpFpmConf";

export function nginxFiles(web: Service) {
    const { app, drainBudget, keptAssets, monitoring, nginx, path, stripPathPrefix } = web;
    return {
        "nginx.conf": nginxConf({
            version: nginx.version,
            workerProcesses: nginx.workerProcesses,
            requestsAtOnce: nginx.requestsAtOnce,
            clientMaxBodySize: nginx.clientMaxBodySize,
            headerSize: nginx.headerSize,
            trustedProxies: nginx.trustedProxies,
            proxiesInChain: nginx.proxiesInChain,
            gzip: nginx.gzip,
            staticMaxAgeSeconds: nginx.staticMaxAgeSeconds,
            workerShutdownTimeoutSeconds: drainBudget.workerShutdownTimeoutSeconds,
            fastcgiReadTimeoutSeconds: drainBudget.fastcgiReadTimeoutSeconds,
            keepaliveSeconds: nginx.keepaliveSeconds,
            ipv6: nginx.ipv6,
            documentRoot: app.documentRoot,
            frontController: app.frontController,
            phpFiles: app.phpFiles,
            missingAssets: app.missingAssets,
            writablePaths: writtenFolders(app),
            keptAssets:
                keptAssets === undefined
                    ? undefined
                    : { paths: keptAssets.paths, folder: keptFilesFolder(keptAssets.folder) },
            strippedPrefix: stripPathPrefix ? path : undefined,
            healthPath: app.healthPath,
            servedHosts: servedHosts(web),
            redirectedHosts: web.redirectedHosts,
            directives: nginx.directives,
            metrics: monitoring !== undefined,
        }),
    };
}

export function phpFpmFiles({ drainBudget, longestRequestSeconds, nginx, phpFpm }: Service) {
    return {
        "php-fpm.conf": phpFpmConf({
            maxChildren: phpFpm.maxChildren,
            maxRequests: phpFpm.maxRequests,
            requestsAtOnce: nginx.requestsAtOnce,
            memoryLimit: phpFpm.memoryLimit,
            requestTerminateTimeoutSeconds: drainBudget.requestTerminateTimeoutSeconds,
            processControlTimeoutSeconds: drainBudget.processControlTimeoutSeconds,
        }),
        "php.ini": phpIni({
            opcacheMemory: phpFpm.opcacheMemory,
            clientMaxBodySize: nginx.clientMaxBodySize,
            longestRequestSeconds,
            ini: phpFpm.ini,
        }),
    };
}
