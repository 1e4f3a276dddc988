<?php
// A wiki whose database, sessions included, and uploads are in folders that all pods share.
$wgSitename = "Wiki";
$wgServer = getenv("WIKI_SERVER");
$wgScriptPath = "";
$wgArticlePath = '/wiki/$1';
$wgSecretKey = getenv("WIKI_SECRET_KEY");
$wgDBtype = "sqlite";
$wgDBname = "wiki";
$wgSQLiteDataDir = "/srv/data";
$wgSessionCacheType = CACHE_DB;
// SQLite refuses to write what another one has changed since it was read; who begins by writing waits for the other. Sessions
// and jobs, which are written often, have databases of their own, as MediaWiki's installer has it.
$database = fn ($name) => [
    "type" => "sqlite",
    "dbname" => $name,
    "tablePrefix" => "",
    "dbDirectory" => $wgSQLiteDataDir,
    "variables" => ["synchronous" => "NORMAL"],
    "trxMode" => "IMMEDIATE",
    "flags" => 0,
];
$wgDBservers = [["load" => 1, "flags" => DBO_DEFAULT] + $database($wgDBname)];
$wgObjectCaches[CACHE_DB] = ["class" => SqlBagOStuff::class, "server" => $database("wikicache")];
$wgJobTypeConf["default"] = ["class" => "JobQueueDB", "claimTTL" => 3600, "server" => $database("wiki_jobqueue")];
// Else all texts go through the database.
$wgCacheDirectory = "/tmp";
$wgEnableUploads = true;
$wgEnableEmail = false;
$wgUseInstantCommons = false;
$wgPingback = false;
$wgShowExceptionDetails = true;
foreach (["rdbms", "DBQuery", "exception", "error"] as $group) $wgDebugLogGroups[$group] = "php://stderr";
