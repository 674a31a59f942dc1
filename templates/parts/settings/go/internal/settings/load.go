package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Load gives the defaults, with the overrides of the file that the environment names.
//
// Where that file is missing or anything in it isn't understood, the service must not start: the
// alternative is a service without its limits.
func Load() (Settings, error) {
	file := os.Getenv(Variable)
	if file == "" {
		return Of(Defaults()), nil
	}
	settings, err := read(file)
	if err != nil {
		return Settings{}, fmt.Errorf("the settings file %s (%s) %w", file, Variable, err)
	}
	return settings, nil
}

func read(file string) (Settings, error) {
	text, err := os.ReadFile(file)
	var problem *fs.PathError
	switch {
	case errors.As(err, &problem):
		return Settings{}, fmt.Errorf("can't be read: %w", problem.Err)
	case err != nil:
		return Settings{}, fmt.Errorf("can't be read: %w", err)
	case !utf8.Valid(text):
		return Settings{}, errors.New("isn't UTF-8")
	}
	root, err := document(text)
	if err != nil {
		// In one line, however many the parser takes.
		return Settings{}, fmt.Errorf("isn't YAML: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	return sections(root)
}

// document is the one document of a text; nil where there is nothing in it.
func document(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	switch err := decoder.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("line %d: a second document begins", second.Line)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return first.Content[0], nil
}

func sections(root *yaml.Node) (Settings, error) {
	settings := Of(Defaults())
	top := field{node: root}
	if root == nil || top.isNull() {
		return settings, nil
	}
	parts, err := top.fields()
	if err != nil {
		return Settings{}, err
	}
	for _, part := range parts {
		switch part.name {
		case "defaults":
			var changes []change
			if changes, err = section(part); err == nil {
				for _, apply := range changes {
					apply(&settings.defaults)
				}
			}
		case "projects":
			settings.projects, err = sectionsByName(part)
		case "users":
			settings.users, err = sectionsByName(part)
		default:
			err = part.mistake("there is no such section: use defaults, projects or users")
		}
		if err != nil {
			return Settings{}, err
		}
	}
	return settings, nil
}

func sectionsByName(part field) (map[string][]change, error) {
	named, err := part.fields()
	if err != nil {
		return nil, err
	}
	sections := map[string][]change{}
	for _, one := range named {
		if sections[one.name], err = section(one); err != nil {
			return nil, err
		}
	}
	return sections, nil
}

func section(part field) ([]change, error) {
	settings, err := part.fields()
	if err != nil {
		return nil, err
	}
	changes := make([]change, 0, len(settings))
	for _, setting := range settings {
		apply, err := changeOf(setting)
		if err != nil {
			return nil, err
		}
		changes = append(changes, apply)
	}
	return changes, nil
}
