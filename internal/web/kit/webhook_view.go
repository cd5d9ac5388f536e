package kit

// KindNames are groups and kinds of events in words, such as those that a webhook hears of.
func (s Speaker) KindNames(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		if id := "activity.group." + name; s.Has(id) {
			out[i] = s.T(id)
		} else {
			out[i] = s.T("event." + name)
		}
	}
	return out
}
