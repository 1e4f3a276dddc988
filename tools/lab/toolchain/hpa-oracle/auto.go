package main

import "time"

// autoPod is a pod that the scenario lets follow the scale.
type autoPod struct {
	// started is negative for the pods of the beginning, which have always been ready.
	started time.Duration
}

// follow makes and removes pods, youngest first, until there are as many as the scale says.
func (world *world) follow(now time.Duration) {
	for int32(len(world.autoPods)) < world.replicas {
		world.autoPods = append(world.autoPods, autoPod{started: now})
	}
	world.autoPods = world.autoPods[:world.replicas]
}

// autoGroups describes the pods that follow the scale, as a tick lists others.
func (world *world) autoGroups(template podPart, readyAfter, now time.Duration) []podPart {
	groups := make([]podPart, 0, len(world.autoPods))
	for _, pod := range world.autoPods {
		group := template
		one := int32(1)
		group.Count = &one
		if pod.started >= 0 {
			ready, transition := "False", pod.started
			if now >= pod.started+readyAfter {
				ready, transition = "True", pod.started+readyAfter
			}
			startAt, transitionAt := pod.started.Seconds(), transition.Seconds()
			group.Ready, group.StartAt, group.TransitionAt = &ready, &startAt, &transitionAt
		}
		groups = append(groups, group)
	}
	return groups
}
