package admin

import "github.com/sallyport/sallyport/internal/web/kit"

// personPolicy is what groups decide more strictly for somebody than the organisation does.
type personPolicy struct {
	Fields []personFact
	All    kit.Anchor // the rest of the policy
}

// viewStricter is nil where no group decides anything, or the reader may not see the policy.
func viewStricter(s kit.Speaker, of person) *personPolicy {
	if len(of.stricter) == 0 {
		return nil
	}
	v := &personPolicy{All: kit.Anchor{Text: s.T("policy.heading"), Path: compliancePath}}
	for _, one := range of.stricter {
		v.Fields = append(v.Fields, personFact{
			Label: s.PolicyName(one.Field), Text: s.PolicyValue(one.Field, one.Value),
			Names: []kit.Anchor{{Text: s.T("person.stricterBy", "Group", one.Group.Name), Path: compliancePath + "/groups/" + one.Group.ID}},
		})
	}
	return v
}
