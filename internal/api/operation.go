package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
)

// operation is one operation of the API as data: its address, who may call it, and what
// the caller must have proven. The need is the one that the use exports and enforces,
// so that it is written once. The OpenAPI document, docs/api.md and the test that calls
// every operation as every user are made from it.
type operation struct {
	huma.Operation
	caller caller
	need   act.Need
	bare   bool // served without huma: it looks at no parameters
}

// caller is who may call an operation.
type caller int

const (
	anybody   caller = iota
	inFlow           // the holder of a sign-in flow's token
	inSession        // a signed-in user, by cookie or bearer token
	inStepUp         // a signed-in user with the token of a step-up flow
)

// callers has, for each caller, its security schemes and its name in docs/api.md.
var callers = map[caller]struct {
	called   string
	security []map[string][]string
	exempt   policy.Exemption // why their calls that change something need no step-up; "" where the operation says
}{
	anybody:   {"anybody", []map[string][]string{}, policy.Stranger},
	inFlow:    {"the flow", []map[string][]string{{byFlowCookie: {}}, {byFlowHeader: {}}}, policy.IsProof},
	inSession: {"a session", []map[string][]string{{byCookie: {}}, {byBearer: {}}}, ""},
	inStepUp:  {"a session and the flow", []map[string][]string{{byCookie: {}, byFlowCookie: {}}, {byBearer: {}, byFlowHeader: {}}}, policy.IsProof},
}

// session reports whether the caller must be signed in.
func (c caller) session() bool { return c == inSession || c == inStepUp }

// get, post, put, patch and remove begin the record of an operation that needs no session. errs
// are the statuses it can fail with besides those that follow from its method, its caller and
// its need: see described.
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

func remove(id, where, summary string, errs ...int) operation {
	return begin(http.MethodDelete, id, where, summary, errs)
}

func begin(method, id, where, summary string, errs []int) operation {
	return operation{Operation: huma.Operation{OperationID: id, Method: method, Path: where, Summary: summary, Errors: slices.Clone(errs)}}
}

// withBody adds the statuses for a body that cannot be read.
func withBody(errs ...int) []int {
	return append(errs, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

// says sets the description.
func (op operation) says(description string) operation {
	op.Description = description
	return op
}

// signedIn makes an operation need a session, for acts on one's own account.
func (op operation) signedIn() operation { return op.needs(act.Need{}) }

// needs makes an operation need a session that meets n, the need of the use it calls.
func (op operation) needs(n act.Need) operation {
	op.caller, op.need = inSession, n
	return op
}

// by sets the caller.
func (op operation) by(c caller) operation {
	op.caller = c
	return op
}

// changes reports whether a call can change anything.
func (op operation) changes() bool { return op.Method != http.MethodGet }

// exempt says why a call that changes something needs no step-up, "" when it needs one.
func (op operation) exempt() policy.Exemption {
	if !op.changes() {
		return ""
	}
	return cmp.Or(callers[op.caller].exempt, op.need.Exempt)
}

// described returns the operation as the OpenAPI document has it.
func (op operation) described() huma.Operation {
	out := op.Operation
	out.Security = callers[op.caller].security
	out.Errors = append(slices.Clone(op.Errors), http.StatusInternalServerError, http.StatusServiceUnavailable)
	if op.changes() { // a body that cannot be read, also where none is wanted; a page of another site
		out.Errors = append(withBody(out.Errors...), http.StatusForbidden)
	}
	if !op.bare { // a parameter or a field that is not described
		out.Errors = append(out.Errors, http.StatusUnprocessableEntity)
	}
	if op.caller != anybody {
		out.Errors = append(out.Errors, http.StatusUnauthorized)
	}
	if op.caller.session() && !op.bare { // what is missing, or that an API key cannot do it
		out.Errors = append(out.Errors, http.StatusForbidden)
	}
	out.Errors = slices.Compact(slices.Sorted(slices.Values(out.Errors)))
	out.Description = strings.TrimSpace(needInWords(op.need) + op.Description)
	out.Extensions = map[string]any{}
	if op.need.Permission != "" {
		out.Extensions["x-permission"] = string(op.need.Permission)
	}
	if op.need.StepUp != "" {
		out.Extensions["x-step-up"] = string(op.need.StepUp)
	}
	return out
}

// needInWords returns a sentence on what a need asks for, "" when it asks for nothing.
func needInWords(n act.Need) (words string) {
	if n.Permission != "" {
		words = "Needs " + string(n.Permission) + ". "
	}
	row, ok := policy.ActOf(n.StepUp)
	switch {
	case ok && row.Password == 0: // a user without a second factor has nothing to prove
		words += "Who has a second factor may get 403 step_up_required: prove it at /step-up first. "
	case ok:
		words += "With 403 step_up_required, prove what it names at /step-up first. "
	}
	if row.Again {
		words += "It has to be proven for this: a sign-in does not count. "
	}
	return words
}
