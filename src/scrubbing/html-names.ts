/**
 * Named character references of HTML (the standard's table) for what a secret may well hold: ASCII, Latin, Greek, Cyrillic,
 * punctuation. Each entry is a code point in hex and its names.
 */

/** Names that browsers take without the closing `;` too. */
const LOOSE = `
22:QUOT,quot 26:AMP,amp 3c:LT,lt 3e:GT,gt a0:nbsp a1:iexcl a2:cent a3:pound a4:curren a5:yen a6:brvbar a7:sect
a8:uml a9:COPY,copy aa:ordf ab:laquo ac:not ad:shy ae:REG,reg af:macr b0:deg b1:plusmn b2:sup2 b3:sup3 b4:acute
b5:micro b6:para b7:middot b8:cedil b9:sup1 ba:ordm bb:raquo bc:frac14 bd:frac12 be:frac34 bf:iquest c0:Agrave
c1:Aacute c2:Acirc c3:Atilde c4:Auml c5:Aring c6:AElig c7:Ccedil c8:Egrave c9:Eacute ca:Ecirc cb:Euml cc:Igrave
cd:Iacute ce:Icirc cf:Iuml d0:ETH d1:Ntilde d2:Ograve d3:Oacute d4:Ocirc d5:Otilde d6:Ouml d7:times d8:Oslash
d9:Ugrave da:Uacute db:Ucirc dc:Uuml dd:Yacute de:THORN df:szlig e0:agrave e1:aacute e2:acirc e3:atilde e4:auml
e5:aring e6:aelig e7:ccedil e8:egrave e9:eacute ea:ecirc eb:euml ec:igrave ed:iacute ee:icirc ef:iuml f0:eth
f1:ntilde f2:ograve f3:oacute f4:ocirc f5:otilde f6:ouml f7:divide f8:oslash f9:ugrave fa:uacute fb:ucirc
fc:uuml fd:yacute fe:thorn ff:yuml
`;

/** Names that need it. */
const STRICT = `
21:excl 23:num 24:dollar 25:percnt 27:apos 28:lpar 29:rpar 2a:ast,midast 2b:plus 2c:comma 2e:period 2f:sol
3a:colon 3b:semi 3d:equals 3f:quest 40:commat 5b:lbrack,lsqb 5c:bsol 5d:rbrack,rsqb 5e:Hat 5f:UnderBar,lowbar
60:DiacriticalGrave,grave 7b:lbrace,lcub 7c:VerticalLine,verbar,vert 7d:rbrace,rcub a0:NonBreakingSpace
a8:Dot,DoubleDot,die ae:circledR af:strns b1:PlusMinus,pm b4:DiacriticalAcute b7:CenterDot,centerdot b8:Cedilla
bd:half c5:angst f7:div 100:Amacr 101:amacr 102:Abreve 103:abreve 104:Aogon 105:aogon 106:Cacute 107:cacute
108:Ccirc 109:ccirc 10a:Cdot 10b:cdot 10c:Ccaron 10d:ccaron 10e:Dcaron 10f:dcaron 110:Dstrok 111:dstrok
112:Emacr 113:emacr 116:Edot 117:edot 118:Eogon 119:eogon 11a:Ecaron 11b:ecaron 11c:Gcirc 11d:gcirc 11e:Gbreve
11f:gbreve 120:Gdot 121:gdot 122:Gcedil 124:Hcirc 125:hcirc 126:Hstrok 127:hstrok 128:Itilde 129:itilde
12a:Imacr 12b:imacr 12e:Iogon 12f:iogon 130:Idot 131:imath,inodot 132:IJlig 133:ijlig 134:Jcirc 135:jcirc
136:Kcedil 137:kcedil 138:kgreen 139:Lacute 13a:lacute 13b:Lcedil 13c:lcedil 13d:Lcaron 13e:lcaron 13f:Lmidot
140:lmidot 141:Lstrok 142:lstrok 143:Nacute 144:nacute 145:Ncedil 146:ncedil 147:Ncaron 148:ncaron 149:napos
14a:ENG 14b:eng 14c:Omacr 14d:omacr 150:Odblac 151:odblac 152:OElig 153:oelig 154:Racute 155:racute 156:Rcedil
157:rcedil 158:Rcaron 159:rcaron 15a:Sacute 15b:sacute 15c:Scirc 15d:scirc 15e:Scedil 15f:scedil 160:Scaron
161:scaron 162:Tcedil 163:tcedil 164:Tcaron 165:tcaron 166:Tstrok 167:tstrok 168:Utilde 169:utilde 16a:Umacr
16b:umacr 16c:Ubreve 16d:ubreve 16e:Uring 16f:uring 170:Udblac 171:udblac 172:Uogon 173:uogon 174:Wcirc
175:wcirc 176:Ycirc 177:ycirc 178:Yuml 179:Zacute 17a:zacute 17b:Zdot 17c:zdot 17d:Zcaron 17e:zcaron 192:fnof
1b5:imped 1f5:gacute 237:jmath 391:Alpha 392:Beta 393:Gamma 394:Delta 395:Epsilon 396:Zeta 397:Eta 398:Theta
399:Iota 39a:Kappa 39b:Lambda 39c:Mu 39d:Nu 39e:Xi 39f:Omicron 3a0:Pi 3a1:Rho 3a3:Sigma 3a4:Tau 3a5:Upsilon
3a6:Phi 3a7:Chi 3a8:Psi 3a9:Omega,ohm 3b1:alpha 3b2:beta 3b3:gamma 3b4:delta 3b5:epsi,epsilon 3b6:zeta 3b7:eta
3b8:theta 3b9:iota 3ba:kappa 3bb:lambda 3bc:mu 3bd:nu 3be:xi 3bf:omicron 3c0:pi 3c1:rho
3c2:sigmaf,sigmav,varsigma 3c3:sigma 3c4:tau 3c5:upsi,upsilon 3c6:phi 3c7:chi 3c8:psi 3c9:omega
3d1:thetasym,thetav,vartheta 3d2:Upsi,upsih 3d5:phiv,straightphi,varphi 3d6:piv,varpi 3dc:Gammad
3dd:digamma,gammad 3f0:kappav,varkappa 3f1:rhov,varrho 3f5:epsiv,straightepsilon,varepsilon
3f6:backepsilon,bepsi 401:IOcy 402:DJcy 403:GJcy 404:Jukcy 405:DScy 406:Iukcy 407:YIcy 408:Jsercy 409:LJcy
40a:NJcy 40b:TSHcy 40c:KJcy 40e:Ubrcy 40f:DZcy 410:Acy 411:Bcy 412:Vcy 413:Gcy 414:Dcy 415:IEcy 416:ZHcy
417:Zcy 418:Icy 419:Jcy 41a:Kcy 41b:Lcy 41c:Mcy 41d:Ncy 41e:Ocy 41f:Pcy 420:Rcy 421:Scy 422:Tcy 423:Ucy 424:Fcy
425:KHcy 426:TScy 427:CHcy 428:SHcy 429:SHCHcy 42a:HARDcy 42b:Ycy 42c:SOFTcy 42d:Ecy 42e:YUcy 42f:YAcy 430:acy
431:bcy 432:vcy 433:gcy 434:dcy 435:iecy 436:zhcy 437:zcy 438:icy 439:jcy 43a:kcy 43b:lcy 43c:mcy 43d:ncy
43e:ocy 43f:pcy 440:rcy 441:scy 442:tcy 443:ucy 444:fcy 445:khcy 446:tscy 447:chcy 448:shcy 449:shchcy
44a:hardcy 44b:ycy 44c:softcy 44d:ecy 44e:yucy 44f:yacy 451:iocy 452:djcy 453:gjcy 454:jukcy 455:dscy 456:iukcy
457:yicy 458:jsercy 459:ljcy 45a:njcy 45b:tshcy 45c:kjcy 45e:ubrcy 45f:dzcy 2010:dash,hyphen 2013:ndash
2014:mdash 2015:horbar 2016:Verbar,Vert 2018:OpenCurlyQuote,lsquo 2019:CloseCurlyQuote,rsquo,rsquor
201a:lsquor,sbquo 201c:OpenCurlyDoubleQuote,ldquo 201d:CloseCurlyDoubleQuote,rdquo,rdquor 201e:bdquo,ldquor
2020:dagger 2021:Dagger,ddagger 2022:bull,bullet 2025:nldr 2026:hellip,mldr 2030:permil 2031:pertenk 2032:prime
2033:Prime 2034:tprime 2035:backprime,bprime 2039:lsaquo 203a:rsaquo 203e:OverBar,oline 2041:caret 2043:hybull
2044:frasl 20ac:euro 2122:TRADE,trade
`;

/** Code point of a name that stands before `;`. */
export const HTML_NAMES: ReadonlyMap<string, number> = read(LOOSE + STRICT);

/** Code point of a name that counts even where no `;` follows. */
export const LOOSE_HTML_NAMES: ReadonlyMap<string, number> = read(LOOSE);

export const LONGEST_HTML_NAME = longest(HTML_NAMES);
export const LONGEST_LOOSE_HTML_NAME = longest(LOOSE_HTML_NAMES);

function read(table: string): Map<string, number> {
  const names = new Map<string, number>();
  for (const entry of table.trim().split(/\s+/)) {
    const [codePoint = '', list = ''] = entry.split(':');
    for (const name of list.split(',')) names.set(name, Number.parseInt(codePoint, 16));
  }
  return names;
}

function longest(names: ReadonlyMap<string, number>): number {
  return Math.max(...[...names.keys()].map((name) => name.length));
}
