package message

import "time"

const (
	day   = 24 * time.Hour
	month = 30 * day
	year  = 365 * day
)

// Ago writes how long before now something happened: "just now", "5 minutes ago".
// A time after now, from a clock that is slightly wrong, counts as now.
func (p *Printer) Ago(now, t time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return p.T("time.now")
	case d < time.Hour:
		return p.N("time.minutesAgo", int(d/time.Minute))
	case d < day:
		return p.N("time.hoursAgo", int(d/time.Hour))
	case d < month:
		return p.N("time.daysAgo", int(d/day))
	case d < year:
		return p.N("time.monthsAgo", int(d/month))
	default:
		return p.N("time.yearsAgo", int(d/year))
	}
}

// Exact writes a full time in a zone, with the zone's name: "21 Nov 2026, 14:32 CET".
func (p *Printer) Exact(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return p.T("time.exact", "Date", p.Date(t, zone), "Clock", t.Format("15:04"), "Zone", t.Format("MST"))
}

// Date writes the day of a time in a zone: "21 Nov 2026".
func (p *Printer) Date(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return p.T("time.date", "Day", t.Day(), "Month", p.T("month."+t.Format("01")), "Year", t.Year())
}

// Clock writes the time of day in a zone, "14:32", and the date before it when
// that is not today.
func (p *Printer) Clock(now, t time.Time, zone *time.Location) string {
	return p.clock(now, t.In(zone), "15:04")
}

// ClockSeconds is Clock with seconds, "14:32:41".
func (p *Printer) ClockSeconds(now, t time.Time, zone *time.Location) string {
	return p.clock(now, t.In(zone), "15:04:05")
}

func (p *Printer) clock(now, t time.Time, layout string) string {
	now = now.In(t.Location())
	if now.YearDay() == t.YearDay() && now.Year() == t.Year() {
		return t.Format(layout)
	}
	return p.T("time.dateClock", "Date", p.Date(t, t.Location()), "Clock", t.Format(layout))
}

// weekdays are the names of the days of a week, as [time.Weekday] counts them.
var weekdays = [...]string{
	"weekday.sunday", "weekday.monday", "weekday.tuesday", "weekday.wednesday", "weekday.thursday", "weekday.friday", "weekday.saturday",
}

// Day writes the day of a time as "Today", "Yesterday" or "Tuesday, 17 Nov 2026".
func (p *Printer) Day(now, t time.Time, zone *time.Location) string {
	switch daysBetween(now.In(zone), t.In(zone)) {
	case 0:
		return p.T("time.today")
	case 1:
		return p.T("time.yesterday")
	}
	return p.T("time.weekdayDate", "Weekday", p.T(weekdays[t.In(zone).Weekday()]), "Date", p.Date(t, zone))
}

// daysBetween counts midnights. It compares dates, because a day has 23 or 25
// hours when clocks change.
func daysBetween(now, t time.Time) int {
	a := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	b := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return int(a.Sub(b) / day)
}
