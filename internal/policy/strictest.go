package policy

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
)

// ParseGroup returns the fields that a group decides, as decoded from JSON or text. CodeInvalid
// lists every field that is unknown, of the wrong type, out of range, or the organisation's alone.
func ParseGroup(given map[string]any) (Values, error) {
	p, err := mergeFields(sallyport.Policy{}, given)
	if err != nil {
		return nil, err
	}
	var wrong []sallyport.FieldError
	out := make(Values, len(given))
	for _, f := range Fields {
		if _, ok := given[f.Name]; !ok {
			continue
		}
		if f.Stricter == ForAll {
			wrong = append(wrong, sallyport.FieldError{Field: f.Name, Code: "not_for_groups"})
		}
		out[f.Name] = f.Get(p)
	}
	if len(wrong) > 0 {
		return nil, sallyport.Invalid(wrong...)
	}
	return out, nil
}

// PresetForGroup returns the fields of a preset that a group can decide.
func PresetForGroup(p Preset) Values {
	out := Values{}
	for _, f := range Fields {
		if f.Stricter != ForAll {
			out[f.Name] = f.In(p)
		}
	}
	return out
}

// Fits returns CodeInvalid where what a group decides cannot hold together with the policy of
// the organisation: no second factor would be left that both allow.
func Fits(org sallyport.Policy, group Values) error {
	methods, decided := group["mfaMethods"].([]string)
	if decided && len(common(org.MFAMethods, methods)) == 0 && slices.ContainsFunc(org.MFAMethods, sallyport.SecondFactor) {
		return sallyport.Invalid(sallyport.FieldError{Field: "mfaMethods", Code: "none_in_common"})
	}
	p, _ := Strictest(org, group)
	if wrong := contradictions(p); len(wrong) > 0 {
		return sallyport.Invalid(wrong...)
	}
	return nil
}

// Strictest returns the policy of a person who is in groups with a policy of their own: for each
// field the strictest value of the organisation and of those groups. decides has, by field, the index of the
// group whose value it is; a field that no group makes stricter is not in it.
func Strictest(org sallyport.Policy, groups ...Values) (p sallyport.Policy, decides map[string]int) {
	p, decides = org, map[string]int{}
	for i, group := range groups {
		for _, f := range Fields {
			value, ok := group[f.Name]
			if !ok {
				continue
			}
			if stricter, is := f.stricter(f.Get(p), value); is {
				f.set(&p, stricter)
				decides[f.Name] = i
			}
		}
	}
	// Nobody is idle for longer than a group lets their sessions live.
	for name, idle := range map[string]*time.Duration{"sessionIdleWebMinutes": &p.SessionIdleWeb, "sessionIdleMobileMinutes": &p.SessionIdleMobile} {
		if *idle > p.SessionLifetime {
			*idle, decides[name] = p.SessionLifetime, decides["sessionLifetimeMinutes"]
		}
	}
	return p, decides
}

// stricter returns what holds of a value and another one, and whether the other one made it stricter.
func (f Field) stricter(value, other any) (any, bool) {
	switch f.Stricter {
	case More:
		return other, other.(int) > value.(int)
	case Less:
		a, b := value.(int), other.(int)
		return other, b > 0 && (a == 0 || b < a)
	case On:
		return true, other.(bool) && !value.(bool)
	case Off:
		return false, value.(bool) && !other.(bool)
	case Later:
		return other, slices.Index(f.Options, other.(string)) > slices.Index(f.Options, value.(string))
	case Fewer:
		both := common(value.([]string), other.([]string))
		// Two groups can allow nothing in common. Then the first one decides: people must be able to sign in.
		return both, len(both) > 0 && len(both) < len(value.([]string))
	}
	return value, false
}

// common returns the methods in both lists; none where no second factor is among them.
func common(a, b []string) []string {
	both := slices.DeleteFunc(slices.Clone(a), func(m string) bool { return !slices.Contains(b, m) })
	if !slices.ContainsFunc(both, sallyport.SecondFactor) {
		return nil
	}
	return both
}
