/** The page's one style sheet; its hash stands in the content policy. */
export const STYLE = `
:root{color-scheme:light;--ink:#22303c;--soft:#566472;--line:#d9e0e6;--paper:#fff;--tint:#f4f7f9;--accent:#1b6a80;--warn:#b23a1e}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 3rem}
h1{font-size:1.05rem;font-weight:600;margin:0;color:var(--soft)}
h2{font-size:1.2rem;margin:2.75rem 0 .25rem;padding-top:1rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .25rem}
p{margin:.4rem 0;max-width:46rem}
.soft{color:var(--soft)}
.headline{font-size:2.1rem;line-height:1.15;font-weight:650;margin:.35rem 0 .5rem;letter-spacing:-.01em}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem;margin:1.5rem 0;padding:0}
.figures div{border-top:3px solid var(--line);padding-top:.4rem}
.figures dt{color:var(--soft);font-size:.875rem}
.figures dd{margin:0;font-size:1.2rem;font-weight:600;font-variant-numeric:tabular-nums}
.proof,.warning{border-left:4px solid var(--accent);background:var(--tint);padding:.75rem 1rem;margin:1rem 0}
.warning{border-color:var(--warn)}
.proof p,.warning p{margin:.15rem 0}
.unit{font-size:.8rem}
figure{margin:1rem 0}
figcaption{color:var(--soft);font-size:.875rem;margin-bottom:.5rem}
.key{display:inline-block;margin-right:1rem}
.key i{display:inline-block;width:.85rem;height:.85rem;margin-right:.35rem;vertical-align:-.08rem;background:#8b97a5}
.key .recommended{background:#1b6a80}
.key .bound{width:1.1rem;height:0;border-top:2px dashed #b23a1e;background:none;vertical-align:.25rem}
svg{display:block;width:100%;height:auto;font-family:inherit}
.narrow{display:none}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding-bottom:.35rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
th:not([scope=row]),td.right{overflow-wrap:break-word}
td:not(.right){min-width:6rem}
th:last-child,td:last-child{padding-right:0}
thead th{font-weight:600;border-bottom:2px solid var(--ink);vertical-align:bottom}
tbody th{font-weight:400;min-width:6rem}
tfoot th,tfoot td{font-weight:600;border-top:2px solid var(--ink);border-bottom:0}
.right{text-align:right;overflow-wrap:normal}
td.right{white-space:nowrap}
.used th,.used td{font-weight:600}
.id{white-space:nowrap;overflow-wrap:normal}
.hash{overflow-wrap:anywhere;font:.78rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.875rem}
@media (max-width:600px){
main{padding:1.25rem 1rem 2rem}
.headline{font-size:1.6rem}
.figures{grid-template-columns:1fr 1fr;gap:.75rem}
.figures dd{font-size:1.05rem}
.wide{display:none}
.narrow{display:block}
table{font-size:.85rem}
.stacked,.stacked tbody,.stacked caption{display:block}
.stacked thead{display:none}
.stacked tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--line);padding:.4rem 0}
.stacked th,.stacked td{border:0;padding:0}
.stacked td:last-child{grid-column:1/-1;color:var(--soft)}
th,td{padding-right:.5rem}
}
@media print{
@page{margin:16mm 14mm}
body{font-size:10.5pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}
h2{break-after:avoid;margin-top:1.6rem}
h3,caption,figcaption{break-after:avoid}
p,figure,tr,.proof,.warning,.figures{break-inside:avoid}
thead{display:table-header-group}
tfoot{display:table-row-group}
.scroll{overflow:visible}
.figures{grid-template-columns:repeat(3,1fr)}
.figures dd{font-size:1rem}
h2+p{break-after:avoid}
}
`;
