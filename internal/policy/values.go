package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/sallyport/sallyport"
)

// Values are field values by field name, as [Field.Get] returns them.
type Values map[string]any

// ValuesOf returns all fields of a policy.
func ValuesOf(p sallyport.Policy) Values {
	v := make(Values, len(Fields))
	for _, f := range Fields {
		v[f.Name] = f.Get(p)
	}
	return v
}

// MarshalJSON writes the fields in the order of the table.
func (v Values) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, f := range Fields {
		value, ok := v[f.Name]
		if !ok {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", f.Name, text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Merge returns base with the given fields replaced, as decoded from JSON or text.
// CodeInvalid lists every field that is unknown, of the wrong type, out of range, or in
// contradiction to another.
func Merge(base sallyport.Policy, given map[string]any) (sallyport.Policy, error) {
	p, err := mergeFields(base, given)
	if err != nil {
		return p, err
	}
	if wrong := contradictions(p); len(wrong) > 0 {
		return p, sallyport.Invalid(wrong...)
	}
	return p, nil
}

// mergeFields is Merge without a look at what fields have to do with each other.
func mergeFields(base sallyport.Policy, given map[string]any) (sallyport.Policy, error) {
	var wrong []sallyport.FieldError
	for _, f := range Fields {
		raw, ok := given[f.Name]
		if !ok {
			continue
		}
		value, problem := f.parse(raw)
		if problem != nil {
			wrong = append(wrong, *problem)
			continue
		}
		f.set(&base, value)
	}
	for name := range given {
		if _, known := Named(name); !known {
			wrong = append(wrong, sallyport.FieldError{Field: safeName(name), Code: "unknown_field"})
		}
	}
	if len(wrong) == 0 {
		return base, nil
	}
	slices.SortFunc(wrong, func(a, b sallyport.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return base, sallyport.Invalid(wrong...)
}

// safeName returns a field name from a request, cut to a safe form for errors.
func safeName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 40)]
}

// parse reads a value from JSON, or from the text of a command line argument.
func (f Field) parse(raw any) (any, *sallyport.FieldError) {
	bad := func(code string, args map[string]string) (any, *sallyport.FieldError) {
		return nil, &sallyport.FieldError{Field: f.Name, Code: code, Args: args}
	}
	switch f.Kind {
	case Number, Minutes, Days, Keep:
		n, ok := wholeNumber(raw)
		if !ok {
			return bad("not_a_number", nil)
		}
		if forEver := f.Kind == Keep && n == 0; !forEver && (n < f.Min || n > f.Max) {
			return bad(f.outOfRange())
		}
		return n, nil
	case Switch:
		switch v := raw.(type) {
		case bool:
			return v, nil
		case string:
			if v == "true" || v == "yes" {
				return true, nil
			}
			if v == "false" || v == "no" {
				return false, nil
			}
		}
		return bad("not_a_switch", nil)
	case Choice:
		if v, ok := raw.(string); ok && slices.Contains(f.Options, v) {
			return v, nil
		}
		return bad("not_an_option", map[string]string{"options": strings.Join(f.Options, ", ")})
	case Words:
		return f.parseWords(raw)
	default:
		return f.parseChoices(raw)
	}
}

// outOfRange returns the code and the arguments of the error about a number that is out of bounds.
func (f Field) outOfRange() (string, map[string]string) {
	code := "out_of_range"
	if f.Kind == Keep {
		code = "zero_or_in_range"
	}
	return code, map[string]string{"min": strconv.Itoa(f.Min), "max": strconv.Itoa(f.Max)}
}

// texts reads a list of texts; as one text they are separated by commas.
func texts(raw any) (given []string, ok bool) {
	switch v := raw.(type) {
	case []string:
		return v, true
	case []any:
		for _, e := range v {
			s, isText := e.(string)
			if !isText {
				return nil, false
			}
			given = append(given, s)
		}
		return given, true
	case string:
		if v != "" {
			given = strings.Split(v, ",")
		}
		return given, true
	}
	return nil, false
}

// MostWords is how many words a field can have.
const MostWords = 100

// parseWords reads words of letters and digits, which are kept without duplicates in any case.
func (f Field) parseWords(raw any) (any, *sallyport.FieldError) {
	given, ok := texts(raw)
	out, fold := []string{}, cases.Fold()
	known := map[string]bool{}
	for _, g := range given {
		for _, w := range strings.Fields(g) {
			n := utf8.RuneCountInString(w)
			ok = ok && n >= f.Min && n <= f.Max && !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
			if key := fold.String(w); !known[key] {
				known[key], out = true, append(out, norm.NFC.String(w))
			}
		}
	}
	if !ok || len(out) > MostWords {
		return nil, &sallyport.FieldError{Field: f.Name, Code: "not_words", Args: map[string]string{
			"min": strconv.Itoa(f.Min), "max": strconv.Itoa(f.Max), "count": strconv.Itoa(MostWords),
		}}
	}
	return out, nil
}

func (f Field) parseChoices(raw any) (any, *sallyport.FieldError) {
	given, ok := texts(raw)
	for _, g := range given {
		ok = ok && slices.Contains(f.Options, g)
	}
	if !ok {
		return nil, &sallyport.FieldError{Field: f.Name, Code: "not_an_option", Args: map[string]string{"options": strings.Join(f.Options, ", ")}}
	}
	out := []string{} // in the order of the options, without duplicates
	for _, o := range f.Options {
		if slices.Contains(given, o) {
			out = append(out, o)
		}
	}
	return out, nil
}

func wholeNumber(raw any) (int, bool) {
	switch v := raw.(type) {
	case int:
		return v, true
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) < 1<<31
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}

// contradictions returns the fields that contradict others, each with the other field.
func contradictions(p sallyport.Policy) []sallyport.FieldError {
	var out []sallyport.FieldError
	add := func(wrong bool, field, code, with string) {
		if wrong {
			out = append(out, sallyport.FieldError{Field: field, Code: code, Args: map[string]string{"field": with}})
		}
	}
	real := slices.ContainsFunc(p.MFAMethods, sallyport.SecondFactor)
	add(p.PasswordMinLength > p.PasswordMaxLength, "passwordMinLength", "more_than", "passwordMaxLength")
	add(p.PasswordMinLengthAlone > p.PasswordMaxLength, "passwordMinLengthAlone", "more_than", "passwordMaxLength")
	add(p.SessionIdleWeb > p.SessionLifetime, "sessionIdleWebMinutes", "more_than", "sessionLifetimeMinutes")
	add(p.SessionIdleMobile > p.SessionLifetime, "sessionIdleMobileMinutes", "more_than", "sessionLifetimeMinutes")
	add(p.MFAEnforced != sallyport.EnforcedNobody && !real, "mfaEnforced", "no_method_left", "mfaMethods")
	add(p.DeviceSkipMFA && p.DeviceReverify == 0, "deviceSkipMfa", "needs", "deviceReverifyDays")
	return out
}

// Change is a field whose value differs between two policies.
type Change struct {
	Field    string
	Old, New string
}

// Changes returns the fields that differ, in the order of the table.
func Changes(old, new sallyport.Policy) []Change {
	var out []Change
	for _, f := range Fields {
		if a, b := f.Get(old), f.Get(new); !reflect.DeepEqual(a, b) {
			out = append(out, Change{f.Name, Text(a), Text(b)})
		}
	}
	return out
}

// Text returns a field's value as the command line and the audit log show it.
func Text(v any) string {
	if list, ok := v.([]string); ok {
		return strings.Join(list, ",")
	}
	return fmt.Sprint(v)
}

// GroupChanges returns the fields that differ between two policies of a group, in the order of
// the table. "" stands for a field that the group leaves to the organisation.
func GroupChanges(old, new Values) []Change {
	text := func(v Values, name string) string {
		value, decided := v[name]
		if !decided {
			return ""
		}
		return Text(value)
	}
	var out []Change
	for _, f := range Fields {
		if a, b := text(old, f.Name), text(new, f.Name); a != b {
			out = append(out, Change{f.Name, a, b})
		}
	}
	return out
}
