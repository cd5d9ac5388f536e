package api

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/sallyport/sallyport"
)

// huma makes its errors through package variables, and by default they repeat
// what was sent: the value of a field, and for an unknown field the whole body.
// They are replaced before anything can run, and once: only this package uses
// huma. huma.NewErrorWithContext and every huma.Error… call NewError.
func init() {
	huma.NewError = newError
	// A field in another spelling is an unknown one, so that no two of them can
	// mean the same.
	huma.ValidateStrictCasing = true
}

// newError turns what huma found into our problem document, without its text.
func newError(status int, _ string, errs ...error) huma.StatusError {
	for _, err := range errs {
		if sallyport.CodeOf(err) != sallyport.CodeInternal {
			return newProblem(err)
		}
	}
	switch status {
	case http.StatusUnprocessableEntity:
		return newProblem(sallyport.Invalid(brokenRules(errs)...))
	case http.StatusBadRequest:
		return newProblem(sallyport.Refuse(codeMalformed, ""))
	case http.StatusUnsupportedMediaType:
		return newProblem(sallyport.Refuse(codeMediaType, ""))
	case http.StatusRequestEntityTooLarge:
		return newProblem(sallyport.Refuse(sallyport.CodeTooLarge, ""))
	}
	return newProblem(sallyport.Refuse(sallyport.CodeInternal, ""))
}

// maxBroken bounds how many broken rules one answer lists: a body can name
// thousands of fields.
const maxBroken = 20

func brokenRules(errs []error) []sallyport.FieldError {
	var out []sallyport.FieldError
	for _, err := range errs {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			out = append(out, brokenRule(d.Location, d.Message))
		}
	}
	slices.SortFunc(out, func(a, b sallyport.FieldError) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Code, b.Code))
	})
	out = slices.CompactFunc(out, func(a, b sallyport.FieldError) bool { return a.Field == b.Field && a.Code == b.Code })
	return out[:min(len(out), maxBroken)]
}

// What huma says of a missing field, before and after its name.
var requiredBefore, requiredAfter, _ = strings.Cut(validation.MsgExpectedRequiredProperty, "%s")

// brokenRule reads one finding of huma: where ("body.password") and what.
func brokenRule(where, what string) sallyport.FieldError {
	if rest, ok := strings.CutPrefix(what, requiredBefore); ok {
		return sallyport.FieldError{Field: fieldName(where + "." + strings.TrimSuffix(rest, requiredAfter)), Code: ruleRequired}
	}
	e := sallyport.FieldError{Field: fieldName(where), Code: ruleInvalid}
	switch what {
	case validation.MsgUnexpectedProperty, "unknown query parameter":
		e.Code = ruleUnknownField
	case validation.MsgExpectedString, validation.MsgExpectedBoolean, validation.MsgExpectedNumber,
		validation.MsgExpectedInteger, validation.MsgExpectedObject, "invalid integer":
		e.Code = ruleWrongType
	}
	switch {
	case strings.HasPrefix(what, "expected value to be one of"):
		e.Code = ruleUnknownValue
	case strings.HasPrefix(what, "expected number >="), strings.HasPrefix(what, "expected number <="):
		e.Code = ruleOutOfRange
	}
	return e
}

// longestName is the longest field name that is repeated, in bytes.
const longestName = 40

// fieldName returns the name of a field from where huma found it: without the
// part of the request, and "" when it does not look like one of our names, which
// have letters and dots only. The name of an unknown field comes from the client,
// and a client that mixes up names and values sends a password as a name.
func fieldName(where string) string {
	_, name, _ := strings.Cut(where, ".")
	if len(name) > longestName || strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return ""
	}
	return name
}
