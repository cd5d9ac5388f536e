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
	"github.com/sallyport/sallyport/internal/request"
)

// huma makes its errors through package variables. Its own errors repeat what was sent:
// the value of a field or, for an unknown field, the whole body. Only this package uses
// huma, so the variables are set once, before any request.
// Every huma.Error… function calls NewError.
func init() {
	huma.NewError = func(status int, text string, errs ...error) huma.StatusError { return newError(status, text, errs...) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, text string, errs ...error) huma.StatusError {
		p := newError(status, text, errs...)
		p.RequestID = request.TraceOf(ctx.Context()).ID
		return p
	}
	// A field name in another case is an unknown field: two spellings of one field
	// could be read differently by two programs.
	huma.ValidateStrictCasing = true
}

// newError turns an error of huma into our problem document, without the text of huma.
func newError(status int, _ string, errs ...error) *problem {
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

// maxBroken is how many broken rules one answer lists at most: a body can have
// thousands of unknown fields.
const maxBroken = 20

func brokenRules(errs []error) []sallyport.FieldError {
	var out []sallyport.FieldError
	for _, err := range errs {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			e := fieldErrorOf(d.Location, d.Message)
			if e.Code == ruleInvalidEmail && d.Value == "" {
				e.Code = ruleRequired
			}
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b sallyport.FieldError) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Code, b.Code))
	})
	out = slices.CompactFunc(out, func(a, b sallyport.FieldError) bool { return a.Field == b.Field && a.Code == b.Code })
	return out[:min(len(out), maxBroken)]
}

// The text of huma for a missing field, before and after the field's name.
var requiredBefore, requiredAfter, _ = strings.Cut(validation.MsgExpectedRequiredProperty, "%s")

// The texts of huma for a text that is too long and one that is no address, before what
// differs.
var (
	longestBefore, _, _ = strings.Cut(validation.MsgExpectedMaxLength, "%d")
	emailBefore, _, _   = strings.Cut(validation.MsgExpectedRFC5322Email, "%v")
)

// fieldErrorOf turns one finding of huma into a field error. where is the place, such as
// "body.password"; what is the text of huma.
func fieldErrorOf(where, what string) sallyport.FieldError {
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
	if longest, ok := strings.CutPrefix(what, longestBefore); ok {
		return sallyport.FieldError{Field: e.Field, Code: ruleTooLong, Args: map[string]string{"max": longest}}
	}
	switch {
	case strings.HasPrefix(what, emailBefore):
		e.Code = ruleInvalidEmail
	case strings.HasPrefix(what, "expected value to be one of"):
		e.Code = ruleUnknownValue
	case strings.HasPrefix(what, "expected number >="), strings.HasPrefix(what, "expected number <="):
		e.Code = ruleOutOfRange
	}
	return e
}

// longestName is the length in bytes of the longest field name that an answer repeats.
const longestName = 40

// fieldName returns the field's name in where, the place that huma reports: without the
// part of the request, and "" for what does not look like one of our names (letters
// and dots). The client chooses the name of an unknown field, and by mistake it may
// send a password as the name.
func fieldName(where string) string {
	_, name, _ := strings.Cut(where, ".")
	if len(name) > longestName || strings.ContainsFunc(name, func(r rune) bool {
		return r != '.' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return ""
	}
	return name
}
