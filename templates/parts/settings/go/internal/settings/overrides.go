package settings

// change is one setting of one section.
type change func(*Limits)

// Settings are the defaults, and what projects and users have instead.
type Settings struct {
	defaults Limits
	projects map[string][]change
	users    map[string][]change
}

// Of are settings that are the same for everyone.
func Of(limits Limits) Settings {
	return Settings{defaults: limits}
}

// Limits are those that hold for a user in a project.
func (s Settings) Limits(user, project string) Limits {
	limits := s.defaults
	for _, apply := range s.projects[project] {
		apply(&limits)
	}
	for _, apply := range s.users[user] {
		apply(&limits)
	}
	return limits
}
