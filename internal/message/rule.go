package message

import (
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
)

// Rule returns the text of the rule that an input breaks, for pages, problem documents and
// the command: "At least 12 characters". Its id is "rule.", the code and, where a field
// has a text of its own, "." and the field. The placeholders are the arguments of the
// error, {{.Min}} for "min". A rule without a text reads as not valid.
func (p *Printer) Rule(e sallyport.FieldError) string {
	id := "rule." + e.Code
	if own := id + "." + e.Field; e.Field != "" && p.Has(own) {
		id = own
	}
	number := func(name string) int {
		n, _ := strconv.Atoi(e.Args[name]) // 0 when missing
		return n
	}
	switch e.Code {
	case "clock_drift":
		end := "Fast"
		if e.Args["direction"] == "slow" {
			end = "Slow"
		}
		return p.N(id+end, max(1, (number("seconds")+30)/60))
	case "reused":
		return p.N(id, number("count"))
	case "provider_problem":
		return p.Complete().T("sso.problem." + e.Args["problem"])
	case "needs_upper", "needs_number", "needs_symbol":
		if e.Args["from"] != "" { // a length from which it is not asked
			id += "Or"
		}
	case "out_of_range":
		if len(e.Args) > 0 {
			id += "Between"
		}
	}
	if !p.Has(id) {
		return p.T("rule.invalid")
	}
	pairs := make([]any, 0, 2*len(e.Args))
	for name, value := range e.Args {
		if name != "" {
			pairs = append(pairs, strings.ToUpper(name[:1])+name[1:], value)
		}
	}
	return p.T(id, pairs...)
}
