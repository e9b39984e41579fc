package model

import (
	"context"
	"slices"
	"strings"
	"time"
)

// DayGroup is the number of records that began on a day.
type DayGroup struct {
	Date            *string // YYYY-MM-DD; nil where the start has no day in every time zone
	Total, Answered int
}

// dailyYears is how far the days of Daily reach from the median day, each way.
const dailyYears = 5

// Daily returns the numbers of each day from the first with records to the last, zeros too, of those that are at most
// five years from the median day.
func (s *JobStats) Daily(ctx context.Context) ([]*DayCount, error) {
	near, _, err := s.nearDays(ctx)
	if err != nil || len(near) == 0 {
		return []*DayCount{}, err
	}
	day, err := time.Parse(time.DateOnly, *near[0].Date)
	if err != nil {
		return nil, err
	}
	filled := []*DayCount{}
	for _, group := range near {
		for ; day.Format(time.DateOnly) < *group.Date; day = day.AddDate(0, 0, 1) {
			filled = append(filled, &DayCount{Date: day.Format(time.DateOnly)})
		}
		filled = append(filled, &DayCount{Date: *group.Date, Total: group.Total, Answered: group.Answered})
		day = day.AddDate(0, 0, 1)
	}
	return filled, nil
}

// OutsideDaily returns the number of records with a start whose day Daily leaves out.
func (s *JobStats) OutsideDaily(ctx context.Context) (int, error) {
	_, outside, err := s.nearDays(ctx)
	return outside, err
}

// nearDays returns the days that are at most five years from the median day, in order, and how many records the other
// days have.
func (s *JobStats) nearDays(ctx context.Context) (near []DayGroup, outside int, err error) {
	groups, err := s.Days(ctx)
	if err != nil {
		return nil, 0, err
	}
	var dated []DayGroup
	for _, group := range groups {
		if group.Date == nil {
			outside += group.Total
		} else {
			dated = append(dated, group)
		}
	}
	if len(dated) == 0 {
		return nil, outside, nil
	}
	slices.SortFunc(dated, func(x, y DayGroup) int { return strings.Compare(*x.Date, *y.Date) })
	median, err := time.Parse(time.DateOnly, medianDay(dated))
	if err != nil {
		return nil, 0, err
	}
	first, last := median.AddDate(-dailyYears, 0, 0), median.AddDate(dailyYears, 0, 0)
	for _, group := range dated {
		day, err := time.Parse(time.DateOnly, *group.Date)
		if err != nil {
			return nil, 0, err
		}
		if day.Before(first) || day.After(last) {
			outside += group.Total
		} else {
			near = append(near, group)
		}
	}
	return near, outside, nil
}

// medianDay returns the day of the middle record, of two the earlier. The days are sorted.
func medianDay(days []DayGroup) string {
	total := 0
	for _, day := range days {
		total += day.Total
	}
	before := 0
	for _, day := range days {
		if before += day.Total; 2*before >= total {
			return *day.Date
		}
	}
	return ""
}
