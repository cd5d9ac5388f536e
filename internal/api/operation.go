package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
)

// operation is one call of the API as data: what it is, who may make it, and what it
// needs of them. What the use enforces is the need it exports, so that it is said once.
// The OpenAPI document, docs/api.md and the test of every operation for everybody
// follow from it.
type operation struct {
	huma.Operation
	caller caller
	need   act.Need
}

// caller is who may make a call.
type caller int

const (
	anybody   caller = iota
	inFlow           // whoever is in the middle of a sign-in, with what opens its next step
	inSession        // whoever is signed in, by cookie or bearer token
	inStepUp         // whoever is signed in, with what opens the next step of a step-up
)

// callers is what each brings along, and how docs/api.md calls them.
var callers = map[caller]struct {
	called   string
	security []map[string][]string
}{
	anybody:   {"anybody", []map[string][]string{}},
	inFlow:    {"the flow", []map[string][]string{{byFlowCookie: {}}, {byFlowHeader: {}}}},
	inSession: {"a session", []map[string][]string{{byCookie: {}}, {byBearer: {}}}},
	inStepUp:  {"a session and the flow", []map[string][]string{{byCookie: {}, byFlowCookie: {}}, {byBearer: {}, byFlowHeader: {}}}},
}

// session reports whether the caller has to be signed in.
func (c caller) session() bool { return c == inSession || c == inStepUp }

// get, post, put and patch begin the record of an operation that anybody may call;
// errs are the statuses it can fail with besides 422, 500 and 503, and those that
// follow from its caller and its need.
func get(id, where, summary string, errs ...int) operation {
	return begin(http.MethodGet, id, where, summary, errs)
}

func post(id, where, summary string, errs ...int) operation {
	return begin(http.MethodPost, id, where, summary, errs)
}

func put(id, where, summary string, errs ...int) operation {
	return begin(http.MethodPut, id, where, summary, errs)
}

func patch(id, where, summary string, errs ...int) operation {
	return begin(http.MethodPatch, id, where, summary, errs)
}

func begin(method, id, where, summary string, errs []int) operation {
	return operation{Operation: huma.Operation{OperationID: id, Method: method, Path: where, Summary: summary, Errors: slices.Clone(errs)}}
}

// withBody adds the statuses of a body that cannot be read.
func withBody(errs ...int) []int {
	return append(errs, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

// signedIn puts an operation behind a session, for what people do with their own account.
func (op operation) signedIn() operation { return op.needs(act.Need{}) }

// needs puts an operation behind a session that meets the need of the use it calls.
func (op operation) needs(n act.Need) operation {
	op.caller, op.need = inSession, n
	return op
}

// by says that an operation is for another caller.
func (op operation) by(c caller) operation {
	op.caller = c
	return op
}

// described returns what the document says of the operation.
func (op operation) described() huma.Operation {
	out := op.Operation
	out.Security = callers[op.caller].security
	out.Errors = append(slices.Clone(op.Errors), http.StatusServiceUnavailable)
	if op.caller != anybody {
		out.Errors = append(out.Errors, http.StatusUnauthorized)
	}
	if op.need.Permission != "" || op.need.StepUp != "" {
		out.Errors = append(out.Errors, http.StatusForbidden)
	}
	out.Errors = slices.Compact(slices.Sorted(slices.Values(out.Errors)))
	out.Description = strings.TrimSpace(inWords(op.need) + op.Description)
	out.Extensions = map[string]any{}
	if op.need.Permission != "" {
		out.Extensions["x-permission"] = string(op.need.Permission)
	}
	if op.need.StepUp != "" {
		out.Extensions["x-step-up"] = string(op.need.StepUp)
	}
	return out
}

// inWords says what a need asks for, "" for nothing.
func inWords(n act.Need) (words string) {
	if n.Permission != "" {
		words = "Needs " + string(n.Permission) + ". "
	}
	row, ok := policy.ActOf(n.StepUp)
	switch {
	case ok && row.Password == 0: // whoever has no second factor is asked for nothing
		words += "Who has a second factor may get 403 step_up_required: prove it at /step-up first. "
	case ok:
		words += "With 403 step_up_required, prove what it names at /step-up first. "
	}
	return words
}
