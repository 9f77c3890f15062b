const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gs;

/** JSON with line breaks, its strings and numbers to the letter as they were: parsing would round large numbers. */
export function reindent(json: string): string {
  const tokens = json.match(TOKEN) ?? [];
  let depth = 0;
  return tokens
    .map((token, index) => {
      const isEmpty = token === closing(tokens[index - 1]);
      if (token === '}' || token === ']') return --depth >= 0 && !isEmpty ? newline(depth) + token : token;
      if (token === ':') return ': ';
      if (token === ',') return `,${newline(depth)}`;
      if (token !== '{' && token !== '[') return token;
      depth++;
      return tokens[index + 1] === closing(token) ? token : token + newline(depth);
    })
    .join('');
}

function closing(token: string | undefined): string | undefined {
  return token === '{' ? '}' : token === '[' ? ']' : undefined;
}

function newline(depth: number): string {
  return `\n${'  '.repeat(Math.max(0, depth))}`;
}
