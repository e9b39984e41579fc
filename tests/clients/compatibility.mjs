// Compares two schemas and prints what breaks clients of the first one, as a JSON list of {coordinate, description}.
// Run by compatibility_test.go: node compatibility.mjs RELEASED NEW
import {readFileSync} from 'node:fs';
import {buildSchema, findBreakingChanges} from 'graphql';

const [released, next] = process.argv.slice(2).map((path) => buildSchema(readFileSync(path, 'utf8')));

// coordinateOf returns what a change is about: Type.field, Enum.VALUE, Type or @directive.
function coordinateOf(description) {
  const value = description.match(/^(\w+) was removed from enum type (\w+)\./);
  if (value) {
    return `${value[2]}.${value[1]}`;
  }
  const field = description.match(/^A required field (\w+) on input type (\w+) was added\./);
  if (field) {
    return `${field[2]}.${field[1]}`;
  }
  return description.match(/@\w+|\b[A-Z]\w*\.\w+/)?.[0] ?? description.match(/^\w+/)[0];
}

const changes = findBreakingChanges(released, next).map(({description}) => ({
  coordinate: coordinateOf(description),
  description,
}));
console.log(JSON.stringify(changes));
