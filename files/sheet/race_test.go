//go:build race

package sheet

func init() { isRace = true }
