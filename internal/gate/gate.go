// Package gate decides who gets to which address of an app: pure functions of the app's rules, the address and
// who asks.
//
//	address ─ ParseAddress ─ the app's rules ─ the most specific one ─ Rule.Decide ─ a verdict
//
// Programs read odd addresses in different ways. What is not read alike by all of them is refused and not
// guessed at (path.go), and of two ways to read the case of letters the stricter one counts.
package gate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
)

// Verdict is what becomes of a request.
type Verdict int

// The verdicts.
const (
	Closed  Verdict = iota // no rule is about the address
	Allowed                // lets in
	SignIn                 // nobody is signed in
	Factor                 // a second factor has to be proven, or proven anew
	Level                  // the device is trusted too little
	Refused                // a role, group or permission is missing
)

// String names the verdict as pages, API and log have it.
func (v Verdict) String() string {
	return [...]string{"closed", "allowed", "sign_in", "factor", "level", "refused"}[v]
}

// Person is who asks. The zero value is nobody.
type Person struct {
	Role     sallyport.Role
	May      func(permission string) bool // nil for nothing
	Groups   []sallyport.GroupName
	Level    sallyport.TrustLevel
	FactorAt time.Time // when a second factor was last proven; zero for never
}

// Somebody is signed in.
func (p Person) somebody() bool { return p.Role != "" }

// Rules are those of an app, the most specific first.
type Rules struct{ list []rule }

type rule struct {
	sallyport.AppRule
	base  string // the path without /*, in lower case
	exact string // the path without /*
	below bool
}

// Compile prepares rules.
func Compile(list []sallyport.AppRule) Rules {
	out := make([]rule, len(list))
	for i, r := range list {
		base, below := strings.CutSuffix(r.Path, "/*")
		base = trimSlash(base)
		out[i] = rule{AppRule: r, base: strings.ToLower(base), exact: base, below: below}
	}
	slices.SortStableFunc(out, func(a, b rule) int {
		if a.below != b.below && a.base == b.base {
			if b.below {
				return -1
			}
			return 1
		}
		return cmp.Compare(len(b.base), len(a.base))
	})
	return Rules{out}
}

// Find returns the most specific rule that is about a path; false where there is none.
func (r Rules) Find(p Path) (sallyport.AppRule, bool) {
	for i := range r.list {
		if one := &r.list[i]; one.about(p) {
			return one.AppRule, true
		}
	}
	return sallyport.AppRule{}, false
}

// about reports whether a rule is about a path. A public one has to be meant to the letter: to a program that
// tells letters apart, another spelling is another address.
func (r *rule) about(p Path) bool {
	if r.Public {
		return p.plain != "" && covers(r.exact, p.plain, r.below)
	}
	return covers(r.base, p.text, r.below)
}

func covers(base, path string, below bool) bool {
	if base == path || base == "" && path == "/" && below {
		return true
	}
	return below && len(path) > len(base) && path[:len(base)] == base && path[len(base)] == '/'
}

// Decide returns what becomes of a request for an address that a rule is about.
func Decide(r *sallyport.AppRule, p *Person, now time.Time) Verdict {
	switch {
	case r.Public:
		return Allowed
	case !p.somebody():
		return SignIn
	case !admits(r, p):
		return Refused
	case p.Level < r.Level:
		return Level
	case (r.Factor || r.Fresh > 0) && p.FactorAt.IsZero(), r.Fresh > 0 && now.Sub(p.FactorAt) > time.Duration(r.Fresh)*time.Minute:
		return Factor
	}
	return Allowed
}

// admits reports whether somebody has what a rule asks of them, whatever they prove.
func admits(r *sallyport.AppRule, p *Person) bool {
	if len(r.Roles) > 0 || len(r.Groups) > 0 {
		in := slices.Contains(r.Roles, p.Role) || slices.ContainsFunc(p.Groups, func(g sallyport.GroupName) bool { return slices.Contains(r.Groups, g.ID) })
		if !in {
			return false
		}
	}
	for _, name := range r.Permissions {
		if p.May == nil || !p.May(name) {
			return false
		}
	}
	return true
}
