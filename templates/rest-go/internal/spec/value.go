package spec

import (
	"encoding/json"
	"fmt"
)

// Value is a field of a spec, or an item of a list. A field that is absent is a Value as well: it
// is null, as it is for dstack.
//
// Reading a field as something that it isn't gives a zero value, and Spec.Err says so.
type Value struct {
	raw   any // nil, bool, string, json.Number, []any or map[string]any
	path  string
	state *state
}

// Get is the field at a path of names. What is below null is null.
func (v Value) Get(path ...string) Value {
	for _, name := range path {
		if v.IsNull() {
			return Value{path: below(v.path, name), state: v.state}
		}
		fields, _ := read[map[string]any](v, "an object")
		v = Value{raw: fields[name], path: below(v.path, name), state: v.state}
	}
	return v
}

// Object is a field that is an object, made where it is null.
func (v Value) Object(name string) Value {
	if v.Get(name).IsNull() {
		v.Set(name, map[string]any{})
	}
	return v.Get(name)
}

// Set writes a field: a bool, a string, a number, or slices and maps of these.
func (v Value) Set(name string, value any) {
	text, err := Encode(value)
	if err != nil {
		v.fail("%s can't be set: %v", below(v.path, name), err)
		return
	}
	// As it would have been read, so that the next policy can read it.
	raw, err := decode(text)
	if err != nil {
		v.fail("%s can't be set: %v", below(v.path, name), err)
		return
	}
	if fields, isObject := read[map[string]any](v, "an object"); isObject {
		fields[name] = raw
		v.state.changed = true
	}
}

// IsNull says whether there is nothing: the field is null or absent.
func (v Value) IsNull() bool {
	return v.raw == nil
}

// IsList says whether it is a list.
func (v Value) IsList() bool {
	_, isList := v.raw.([]any)
	return isList
}

// Is says whether it is this string or bool. Other kinds of values are simply different.
func (v Value) Is(value any) bool {
	switch raw := v.raw.(type) {
	case string:
		return raw == value
	case bool:
		return raw == value
	}
	return false
}

// Bool is true or false; false for null.
func (v Value) Bool() bool {
	return readOr(v, "true or false", false)
}

// Text is a string; empty for null.
func (v Value) Text() string {
	return readOr(v, "a string", "")
}

// Number is for comparing. Beyond 2^53 it is only near to what is there, and where it is too large
// for a float it is infinite: both are above any limit. Null is no number.
func (v Value) Number() float64 {
	digits, isNumber := read[json.Number](v, "a number")
	if !isNumber {
		return 0
	}
	number, _ := digits.Float64()
	return number
}

// NumberOr is the number, or another one for null.
func (v Value) NumberOr(other float64) float64 {
	if v.IsNull() {
		return other
	}
	return v.Number()
}

// Items are those of a list; none for null.
func (v Value) Items() []Value {
	raw := readOr[[]any](v, "a list", nil)
	items := make([]Value, len(raw))
	for index, item := range raw {
		items[index] = Value{raw: item, path: fmt.Sprintf("%s[%d]", v.path, index), state: v.state}
	}
	return items
}

// Texts is a copy of an object whose fields are strings, such as tags; empty for null.
func (v Value) Texts() map[string]string {
	texts := map[string]string{}
	for name := range readOr[map[string]any](v, "an object", nil) {
		texts[name] = v.Get(name).Text()
	}
	return texts
}

func (v Value) fail(format string, values ...any) {
	if v.state.err == nil {
		v.state.err = fmt.Errorf(format, values...)
	}
}

func read[T any](v Value, wanted string) (T, bool) {
	value, matches := v.raw.(T)
	if !matches {
		v.fail("%s is %s, not %s", below("spec", v.path), nameOf(v.raw), wanted)
	}
	return value, matches
}

func readOr[T any](v Value, wanted string, null T) T {
	if v.IsNull() {
		return null
	}
	value, _ := read[T](v, wanted)
	return value
}

func below(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

func nameOf(raw any) string {
	switch raw.(type) {
	case nil:
		return "missing"
	case bool:
		return "true or false"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}
