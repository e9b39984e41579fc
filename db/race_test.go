//go:build race

package db_test

func init() { isRace = true }
