const o=require('platform-node-original');
const {record}=require('./__test__/support/recorder.js');
(async()=>{ process.env.NODE_TLS_REJECT_UNAUTHORIZED='0';
 const certs=require('./__test__/support/certificates.js');
 const s=await record({respond:()=>({status:200,headers:[['content-type','application/json']],body:'{}'})});
 for (const p of [o, require('.')]) {
 const i=new p.Instance({locator:'v1:us1:abc',key:'id:secret',serviceName:'feeds',serviceVersion:'v1',host:s.host,port:s.port,sdkInfo:new p.SDKInfo({productName:'x',version:'1'})});
 const r=await i.request({method:'GET',path:'a'});
 await new Promise(f=>setTimeout(f,50));
 const st={}; for (const k of ['complete','readable','readableEnded','readableFlowing','readableLength','destroyed','closed','aborted','errored','readableAborted','readableDidRead','readableEncoding','readableObjectMode','readableHighWaterMark','url','method','upgrade']) st[k]=r[k];
 console.log(st, Object.keys(r));
 const seen=[]; r.on('end',()=>seen.push('end')).on('close',()=>seen.push('close')).on('data',()=>seen.push('data'));
 await new Promise(f=>setTimeout(f,50)); console.log(seen);
 try { for await (const c of r) console.log('chunk',c); console.log('iterated') } catch(e){console.log('iter error',e.message,e.code)}
 await new Promise(f=>require('stream').finished(r,e=>{console.log('finished',e&&e.code);f()}));
 }
 await s.close();
})();
