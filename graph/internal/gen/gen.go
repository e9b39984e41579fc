// Package gen is the executor that gqlgen derives from schema.graphqls. It is out of sight on purpose.
package gen
