package kit

// Chip is one value of a filter: a link that sets it, or takes it away again.
type Chip struct {
	Text, Label string
	Path        string
	On          bool
}

// FilterBar stands above a list: what filters it, and a way to see all of it.
type FilterBar struct {
	Label string // for screen readers
	Chips []Chip
	Clear *Anchor // takes all filters away; nil without one
}

// EmptyView says why a list is empty and what to do about it.
type EmptyView struct {
	Icon, Title, Text string
	Action            *Anchor
	Drop              []Chip // filters that there would be something without
}

// PagesView leads through a keyset list.
type PagesView struct {
	Previous, Next string
	Searched       string // how far the search came, where it was interrupted: Next goes on with it
}
