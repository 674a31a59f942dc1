// Package spec reads and writes single fields of a spec and leaves all others as they are.
//
// There are no structs for specs here: a struct forgets the fields that it doesn't know, and the
// next release of dstack has new ones. Numbers keep their digits.
package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"unicode/utf8"
)

// MaxDepth is how deeply objects and lists may lie in each other. Specs have less than ten levels.
const MaxDepth = 100

// Spec is a whole spec. It is the object of its fields, as a Value.
type Spec struct {
	Value
}

// state is what all values of one spec share.
type state struct {
	err     error
	changed bool
}

// Parse reads a spec from JSON. What Go couldn't give back as it was is refused.
func Parse(text []byte) (Spec, error) {
	if !utf8.Valid(text) {
		return Spec{}, errors.New("it isn't UTF-8")
	}
	if hasLoneSurrogate(text) {
		return Spec{}, errors.New("it has half of a surrogate pair")
	}
	raw, err := decode(text)
	if err != nil {
		return Spec{}, err
	}
	if depth(raw) > MaxDepth {
		return Spec{}, fmt.Errorf("it is nested more than %d levels deep", MaxDepth)
	}
	if _, isObject := raw.(map[string]any); !isObject {
		return Spec{}, fmt.Errorf("it is %s, not an object", nameOf(raw))
	}
	return Spec{Value{raw: raw, state: &state{}}}, nil
}

// Err is the first mistake in reading or writing: a field that wasn't what it was taken for. A
// policy needn't ask: where there was one, the request is refused, whatever the policy decided.
func (s Spec) Err() error {
	return s.state.err
}

// Changed says whether anything was written.
func (s Spec) Changed() bool {
	return s.state.changed
}

// MarshalJSON is the spec with what was written.
func (s Spec) MarshalJSON() ([]byte, error) {
	return Encode(s.raw)
}

// Encode is JSON without the escapes for HTML, which Go's own Marshal adds.
func Encode(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	// As float64, 12345678901234567890 would come back as another number, and 1.0 as 1.
	decoder.UseNumber()
	var raw any
	if err := decoder.Decode(&raw); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows its end")
	}
	return raw, nil
}

// escapes finds each escape of a JSON text. Its group is half of a surrogate pair without the
// other half, which Go would replace.
var escapes = regexp.MustCompile(
	`\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)`,
)

func hasLoneSurrogate(text []byte) bool {
	for _, match := range escapes.FindAllSubmatchIndex(text, -1) {
		if match[2] >= 0 {
			return true
		}
	}
	return false
}

func depth(raw any) int {
	deepest := 0
	switch raw := raw.(type) {
	case map[string]any:
		for _, field := range raw {
			deepest = max(deepest, depth(field))
		}
	case []any:
		for _, item := range raw {
			deepest = max(deepest, depth(item))
		}
	default:
		return 0
	}
	return deepest + 1
}
