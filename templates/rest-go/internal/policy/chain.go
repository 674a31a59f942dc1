package policy

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
)

// Chain runs policies in their order.
type Chain struct {
	policies []any
}

// NewChain refuses what has none of the methods of a policy: with a misspelt one it would never be
// called, and nobody would notice.
func NewChain(policies ...any) (Chain, error) {
	for _, policy := range policies {
		switch policy.(type) {
		case OnRun, OnFleet, OnVolume, OnGateway:
		default:
			return Chain{}, fmt.Errorf("%T isn't a policy: it has none of the methods OnRun, OnFleet, OnVolume and OnGateway", policy)
		}
	}
	return Chain{policies: policies}, nil
}

// Decision is what the first policy that didn't accept made of a request.
type Decision struct {
	// Policy is the name of its type.
	Policy string
	// Err is a *Rejection, a *Mistake, or the policy's failure.
	Err error
	// Stack is that of a panic.
	Stack string
}

// Mistake is a spec that isn't what a policy took it for.
type Mistake struct {
	Err error
}

func (m *Mistake) Error() string {
	return m.Err.Error()
}

// Apply runs the policies until one doesn't accept; nil where all do.
func (c Chain) Apply(kind Kind, request Request) *Decision {
	for _, policy := range c.policies {
		decision := run(policy, kind, request)
		if decision.Err == nil {
			continue
		}
		decision.Policy = nameOf(policy)
		var rejection *Rejection
		if errors.As(decision.Err, &rejection) {
			message := rejection.Message
			if message == "" { // which dstack doesn't take for a rejection
				message = decision.Policy + " rejected this without saying why"
			}
			decision.Err = &Rejection{Message: message}
		}
		return &decision
	}
	return nil
}

func run(policy any, kind Kind, request Request) (decision Decision) {
	defer func() {
		if problem := recover(); problem != nil {
			decision = Decision{Err: wordsOf(problem), Stack: string(debug.Stack())}
		}
	}()
	err := call(policy, kind, request)
	if mistake := request.Spec.Err(); mistake != nil {
		err = &Mistake{Err: mistake}
	}
	return Decision{Err: err}
}

func call(policy any, kind Kind, request Request) error {
	switch kind {
	case Run:
		if policy, ok := policy.(OnRun); ok {
			return policy.OnRun(request)
		}
	case Fleet:
		if policy, ok := policy.(OnFleet); ok {
			return policy.OnFleet(request)
		}
	case Volume:
		if policy, ok := policy.(OnVolume); ok {
			return policy.OnVolume(request)
		}
	case Gateway:
		if policy, ok := policy.(OnGateway); ok {
			return policy.OnGateway(request)
		}
	default:
		return fmt.Errorf("there is no kind %q", kind)
	}
	return nil
}

// wordsOf keeps to what Go itself says: other values may hold parts of the spec, and this is logged.
func wordsOf(problem any) error {
	if problem, ok := problem.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", problem)
	}
	return fmt.Errorf("panic with a value of the type %T", problem)
}

func nameOf(policy any) string {
	kind := reflect.TypeOf(policy)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return kind.Name()
}
