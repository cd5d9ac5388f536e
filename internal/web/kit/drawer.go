package kit

// Drawer is what opens beside a list about one of its rows. It has an address of its own, in
// which the list's filters and place stay, so that it can be sent; on a phone it is the page.
type Drawer struct {
	Close string // the list, at the row
	Icon  string
	Title string
	What  string    // what it is, where its title is a name
	Who   *UserView // whose it is
	Pills []Pill
	Acts  []*ConfirmView // the two most likely ones
	Menu  string         // name of the menu of the others for screen readers
	More  []*ConfirmView
	Risks []Risk
	Parts []DrawerPart
	Rows  *DrawerRows // things that belong to it, nil for none
	Raw   []RawText   // what the machine has, on demand
	Story *Story      // nil where the reader may not see it
	Links []Anchor    // to what is related
	Lacks string      // what the reader may not see here
}

// Risk is one thing that its reader should know, in words.
type Risk struct {
	Tone, Icon, Text string
	Note             string   // since when
	Lines            []string // what it rests on
}

// DrawerPart is a heading with facts.
type DrawerPart struct {
	ID, Title string
	Facts     []Fact
}

// Fact is one line of what there is to know.
type Fact struct {
	Label, Text string
	Note        string // more of it, quieter
	Wide        bool   // it takes both columns
	Time        *Moment
	Place       *Place
	Link        *Anchor
	Pill        *Pill
}

// RawText is a text for machines, which its reader opens.
type RawText struct{ Title, Text string }

// DrawerRows are things that belong to what a drawer is about.
type DrawerRows struct {
	Title, Empty string
	Rows         []DrawerRow
	All          *Anchor // a list of all of them
}

// DrawerRow is one of them.
type DrawerRow struct {
	Icon, Text, Path string
	Note             *Moment
	Pill             *Pill
}

// Story is what happened, the newest first.
type Story struct {
	Title, Note string
	Events      []EventRow
	All         *Anchor // to all of it, nil where nothing is left out
}

// Two puts the two most likely acts in the head of the drawer, and the others into its menu.
func (d *Drawer) Two(acts []*ConfirmView) {
	const likely = 2
	n := min(likely, len(acts))
	d.Acts, d.More = acts[:n], acts[n:]
}

// Bulk is what can be done about the rows that are ticked, or about all that match.
type Bulk struct {
	Path  string // of the page that asks
	Count int    // how many rows match; 0 where nobody counted them
	Kept  []Kept // the filter
	Acts  []BulkAct
}

// BulkAct is one of them.
type BulkAct struct{ Name, Text, Icon string }
