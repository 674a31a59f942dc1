package settings

import (
	"fmt"
	"regexp"
)

// Tag is one that is required.
type Tag struct {
	Name string
	// Default is added where the tag is missing. Without one, that is rejected.
	Default    string
	HasDefault bool
}

// dstack refuses a spec with other tags. Asked here, a bad one is refused when the service starts,
// and not on every apply. It is the one rule of dstack's that this service knows by itself.
var (
	tagKey   = regexp.MustCompile(`^[_\-a-zA-Z0-9]{1,60}$`)
	tagValue = regexp.MustCompile(`^[a-zA-Z0-9 .:/=_\-+@]{0,256}$`)
)

// tags are a mapping of names to defaults, or to null for none.
func (f field) tags() ([]Tag, error) {
	fields, err := f.fields()
	if err != nil {
		return nil, err
	}
	tags := make([]Tag, len(fields))
	for index, one := range fields {
		tags[index].Name = one.name
		if !tagKey.MatchString(one.name) {
			return nil, f.mistake(fmt.Sprintf("Invalid tag key %s. The key must match %s", one.name, tagKey))
		}
		if one.isNull() {
			continue
		}
		value, isText := one.isText()
		if !isText {
			return nil, one.mistake("it is neither text nor null")
		}
		if !tagValue.MatchString(value) {
			return nil, one.mistake(fmt.Sprintf("Invalid tag value %q. The value must match %s", value, tagValue))
		}
		tags[index].Default, tags[index].HasDefault = value, true
	}
	return tags, nil
}
