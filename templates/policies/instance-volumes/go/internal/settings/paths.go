package settings

import (
	"fmt"
	"strings"
)

// paths are a list of absolute ones.
func (f field) paths() ([]string, error) {
	paths, err := f.texts()
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if !strings.HasPrefix(path, "/") {
			return nil, f.mistake(fmt.Sprintf("%q isn't an absolute path", path))
		}
	}
	return paths, nil
}
