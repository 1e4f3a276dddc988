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
// As MediaWiki's installer has it: sessions and jobs are written often, and beside the pages they would meet its locks.
$database = fn ($name) => [
    "type" => "sqlite",
    "dbname" => $name,
    "tablePrefix" => "",
    "dbDirectory" => $wgSQLiteDataDir,
    "variables" => ["synchronous" => "NORMAL"],
    "trxMode" => "IMMEDIATE",
    "flags" => 0,
];
$wgObjectCaches[CACHE_DB] = ["class" => SqlBagOStuff::class, "server" => $database("wikicache")];
$wgJobTypeConf["default"] = ["class" => "JobQueueDB", "claimTTL" => 3600, "server" => $database("wiki_jobqueue")];
// Else all texts go through the database.
$wgCacheDirectory = "/tmp";
$wgEnableUploads = true;
$wgEnableEmail = false;
$wgUseInstantCommons = false;
$wgPingback = false;
