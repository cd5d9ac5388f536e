package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport/sallyport"
)

// explain words a refusal for somebody at a terminal.
func explain(err error) error {
	var e *sallyport.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sallyport.CodeNotFound:
		return errors.New("there is no such user")
	case sallyport.CodeConflict:
		return errors.New("nothing to do: the user is in that state already")
	case sallyport.CodeInvalid:
		var lines []string
		for _, f := range e.Fields {
			lines = append(lines, explainField(f))
		}
		return errors.New(strings.Join(lines, "; "))
	}
	return err
}

// sentences are rules in words, with the field in front and {min} and the like
// filled in.
var sentences = map[string]string{
	"more_than":      "cannot be more than {field}: change one of them",
	"needs":          "needs {field}, which is 0: change one of them",
	"no_method_left": "asks for a second factor, but {field} leaves none: change one of them",
	"not_a_number":   "must be a whole number",
	"not_a_switch":   "must be true or false",
	"not_an_option":  "can have: {options}",
	"out_of_range":   "must be from {min} to {max}",
	"taken":          "is in use already",
	"too_long":       "can have at most {max} characters",
	"too_short":      "must have at least {min} characters",
	"unknown_field":  "is no field: policy show lists them",
}

func explainField(f sallyport.FieldError) string {
	text, ok := sentences[f.Code]
	if !ok {
		text = strings.ReplaceAll(f.Code, "_", " ")
		for name, value := range f.Args {
			text += fmt.Sprintf(" (%s %s)", name, value)
		}
		return f.Field + ": " + text
	}
	for name, value := range f.Args {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return f.Field + " " + text
}
