package main

import (
	"strings"

	"github.com/go-logr/logr"
)

// proposals is a log that hears one message: what the metrics ask for is stated nowhere else.
type proposals struct {
	desiredReplicas *int32
	metric          string
}

const (
	proposalLevel = 4
	// A word more follows where there are no replicas.
	proposalMessage = "Proposing desired replicas"
)

func (log *proposals) Init(logr.RuntimeInfo)          {}
func (log *proposals) Enabled(level int) bool         { return level == proposalLevel }
func (log *proposals) Error(error, string, ...any)    {}
func (log *proposals) WithValues(...any) logr.LogSink { return log }
func (log *proposals) WithName(string) logr.LogSink   { return log }
func (log *proposals) Info(_ int, message string, keysAndValues ...any) {
	if !strings.HasPrefix(message, proposalMessage) {
		return
	}
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		switch keysAndValues[i] {
		case "desiredReplicas":
			desired := keysAndValues[i+1].(int32)
			log.desiredReplicas = &desired
		case "metric":
			log.metric = keysAndValues[i+1].(string)
		}
	}
}
